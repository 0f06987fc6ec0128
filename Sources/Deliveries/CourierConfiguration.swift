import Subscriptions

/// Settings of a courier.
package struct CourierConfiguration: Sendable, Hashable {
    /// The hub's public address, such as `http://127.0.0.1:8480`: what goes into the links of a payload.
    package var publicURL: String
    /// What is sent at once and how fast.
    package var limits = DeliveryLimits()
    /// Batches of one lane in a row before other lanes get their turn.
    package var batchesPerTurn = 100
    /// How long a lane is held without a sign of life, besides the time an attempt may take.
    package var lease: Duration = .seconds(15)
    /// The longest pause between two looks for work.
    package var idlePause: Duration = .milliseconds(250)

    /// How often breakers of other processes and operators' wishes are looked at.
    package var breakerInterval: Duration = .seconds(2)

    /// The longest wait for one attempt, whatever a subscription allows (`delivery.md` §11).
    package var attemptLimit: Duration = .seconds(30)

    /// How long a lane is held while a notification of it is posted.
    func postingLease(_ subscription: Subscription) -> Duration { lease + timeout(of: subscription) }

    /// The longest wait for one attempt of a subscription.
    func timeout(of subscription: Subscription) -> Duration { min(subscription.timeout, attemptLimit) }

    /// Herald's own version, for the User-Agent.
    package var version: String

    package init(publicURL: String, version: String) {
        self.publicURL = publicURL
        self.version = version
    }

    /// The FHIR base that references are made with.
    package var fhirBaseURL: String { publicURL + "/FHIR/R4" }
}
