package import Events
package import Foundation

/// Events that are sent again, in a lane of their own behind the live one (D-23).
package struct DeliveryJob: Sendable, Hashable {
    package var id: UUID
    /// `resend` or `backfill`.
    package var kind: String
    package var subscription: SubscriptionID
    /// Events that are left; of a back-fill those of the notification in hand.
    package var left: Int64
    /// Events that were accepted.
    package var sent: Int64
    /// Events that the client may not read any more, and is not sent (D-52).
    package var withheld: Int64
    /// Failed attempts of the notification in hand.
    package var attempts: Int
    package var nextAttemptAt: Date?
    package var createdAt: Date
    package var createdBy: String
    package var reason: String?
    package var finishedAt: Date?
    /// `done`, `failed` or `cancelled`; nil while it is open.
    package var outcome: String?

    package init(
        id: UUID,
        kind: String,
        subscription: SubscriptionID,
        left: Int64,
        sent: Int64,
        withheld: Int64,
        attempts: Int,
        nextAttemptAt: Date?,
        createdAt: Date,
        createdBy: String,
        reason: String?,
        finishedAt: Date?,
        outcome: String?
    ) {
        self.id = id
        self.kind = kind
        self.subscription = subscription
        self.left = left
        self.sent = sent
        self.withheld = withheld
        self.attempts = attempts
        self.nextAttemptAt = nextAttemptAt
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.reason = reason
        self.finishedAt = finishedAt
        self.outcome = outcome
    }
}

/// Which events are to be sent again (D-51).
package struct ResendRequest: Sendable, Hashable {
    /// Whose; its times are those of the events, its cause that of dead letters.
    package var selection: DeliverySelection
    /// First number, included.
    package var from: Int64?
    /// Last number, included.
    package var through: Int64?
    /// Only what was set aside.
    package var onlyDead: Bool

    package init(
        _ selection: DeliverySelection,
        from: Int64? = nil,
        through: Int64? = nil,
        onlyDead: Bool = false
    ) {
        self.selection = selection
        self.from = from
        self.through = through
        self.onlyDead = onlyDead
    }

    /// Whether nothing says which events: then those that are undelivered or were set aside are meant
    /// (`fhir-subscriptions.md` §8.3).
    package var isUnbounded: Bool {
        from == nil && through == nil && selection.since == nil && selection.until == nil && !onlyDead
            && selection.cause == nil
    }
}

/// What a request for resending comes to, for one subscription.
package struct ResendPlan: Sendable, Hashable {
    package var subscription: SubscriptionID
    package var client: String
    package var endpoint: String
    /// Events that are sent.
    package var events: Int64
    /// Events that the client may not read any more (D-52).
    package var withheld: Int64
    package var firstNumber: Int64?
    package var lastNumber: Int64?
    /// The job; nil in a dry run, and where no event is left to send.
    package var job: UUID?

    package init(
        subscription: SubscriptionID,
        client: String,
        endpoint: String,
        events: Int64,
        withheld: Int64,
        firstNumber: Int64?,
        lastNumber: Int64?,
        job: UUID? = nil
    ) {
        self.subscription = subscription
        self.client = client
        self.endpoint = endpoint
        self.events = events
        self.withheld = withheld
        self.firstNumber = firstNumber
        self.lastNumber = lastNumber
        self.job = job
    }
}

/// Who asks for a job, and how fast it may go.
package struct JobOrder: Sendable, Hashable {
    /// The client, or the operator.
    package var actor: String
    package var reason: String?
    /// Notifications a second at most; nil for no other limit than the lane's.
    package var rate: Double?
    /// Whether permissions for the vaccine type `*` count for nothing.
    package var isProduction: Bool

    package init(actor: String, reason: String? = nil, rate: Double? = nil, isProduction: Bool) {
        self.actor = actor
        self.reason = reason
        self.rate = rate
        self.isProduction = isProduction
    }
}

/// Where jobs are kept; implemented on PostgreSQL.
package protocol DeliveryJobStore: Sendable {
    /// What a request comes to; nothing is written.
    ///
    /// - Throws: ``DeliveryOfficeError``, and errors of the store.
    func planResends(_ request: ResendRequest, isProduction: Bool) async throws -> [ResendPlan]

    /// Files a job for each subscription that has events to be sent again.
    ///
    /// - Throws: ``DeliveryOfficeError``, and errors of the store.
    func startResends(_ request: ResendRequest, _ order: JobOrder) async throws -> [ResendPlan]

    /// Jobs, the latest first.
    func deliveryJobs(of subscription: SubscriptionID?, onlyOpen: Bool, limit: Int) async throws -> [DeliveryJob]

    /// Ends a job before it is done.
    ///
    /// - Throws: ``DeliveryOfficeError/noOpenJob(_:)``, and errors of the store.
    func cancelJob(_ id: UUID, by actor: String) async throws
}
