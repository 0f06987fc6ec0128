/// Settings of a courier.
package struct CourierConfiguration: Sendable, Hashable {
    /// The hub's public address, such as `http://127.0.0.1:8480`: what goes into the links of a payload.
    package var publicURL: String
    /// Requests in flight at most (`delivery.md` §7).
    package var inFlightLimit = 64
    /// Batches of one lane in a row before other lanes get their turn.
    package var batchesPerTurn = 100
    /// How long a lane is held without a sign of life, besides the time an attempt may take.
    package var lease: Duration = .seconds(15)
    /// The longest pause between two looks for work.
    package var idlePause: Duration = .milliseconds(250)

    /// The longest wait for one attempt, whatever a subscription allows (`delivery.md` §11).
    package var attemptLimit: Duration = .seconds(30)

    /// How long a lane is held while notifications are posted.
    var postingLease: Duration { lease + attemptLimit }

    /// Herald's own version, for the User-Agent.
    package var version: String

    package init(publicURL: String, version: String) {
        self.publicURL = publicURL
        self.version = version
    }

    /// The FHIR base that references are made with.
    package var fhirBaseURL: String { publicURL + "/FHIR/R4" }
}
