package import Events
package import Foundation
package import Subscriptions
package import Vaccination

/// A lane that this process holds: one subscription's way out, with its cursor.
package struct LaneClaim: Sendable, Hashable {
    package var subscription: Subscription
    /// Scheme, host and port of the endpoint, which lanes may share; empty for a folder.
    package var origin: String
    /// What becomes of an event that the endpoint refuses for a day.
    package var policy: RefusalPolicy
    /// Fences every write of this claim; a later claim has a higher one.
    package var epoch: Int64
    /// Highest number accepted so far.
    package var deliveredThrough: Int64
    /// What is in hand already, such as a batch that was frozen before its first attempt (D-10); nil when that is for
    /// ``LaneStore/advance(_:accepted:bundleID:lease:)`` to say.
    package var work: LaneWork?
    /// Whether its timer had run out: there may be something to say besides events.
    package var isTimed: Bool

    package init(
        subscription: Subscription,
        origin: String,
        policy: RefusalPolicy = .block,
        epoch: Int64,
        deliveredThrough: Int64,
        work: LaneWork?,
        isTimed: Bool = false
    ) {
        self.subscription = subscription
        self.origin = origin
        self.policy = policy
        self.epoch = epoch
        self.deliveredThrough = deliveredThrough
        self.work = work
        self.isTimed = isTimed
    }

    /// Whether nothing but a handshake or a heartbeat may be sent now, for its origin is away or has its fill.
    package var isHeldBack = false

    /// Whether its timer has to be set when it is given back.
    package var needsTimer: Bool { isTimed || subscription.heartbeat != nil }
}

/// What becomes of an event that its endpoint refuses for a day (D-22).
package enum RefusalPolicy: String, Sendable, Hashable, CaseIterable {
    /// The lane parks, and everything behind waits.
    case block
    /// The event goes to the dead letters, and the lane goes on: the subscriber sees a hole in the numbers.
    case skip
}

/// One numbered event of a lane with what its payload needs.
package struct LaneEvent: Sendable, Hashable {
    package var number: Int64
    package var shape: EventShape
    package var kind: EventKind
    package var recordID: RecordID
    package var version: Int32
    package var committedAt: Date
    package var identifier: RecordIdentifier
    package var vaccineType: String
    /// The Immunization after the change; for a removal the last content before it.
    package var resource: [UInt8]
    /// Type and content before the change, where a correction moved the record: to another vaccine type (N-14), or out of
    /// the subscription's view.
    package var movedFrom: MovedContent?
    /// Whether its content is kept from this subscriber, who may not read records of its type any more.
    package var isWithheld = false

    package init(
        number: Int64,
        shape: EventShape,
        kind: EventKind,
        recordID: RecordID,
        version: Int32,
        committedAt: Date,
        identifier: RecordIdentifier,
        vaccineType: String,
        resource: [UInt8],
        movedFrom: MovedContent? = nil
    ) {
        self.number = number
        self.shape = shape
        self.kind = kind
        self.recordID = recordID
        self.version = version
        self.committedAt = committedAt
        self.identifier = identifier
        self.vaccineType = vaccineType
        self.resource = resource
        self.movedFrom = movedFrom
    }

    /// What a record was before it moved.
    package struct MovedContent: Sendable, Hashable {
        package var vaccineType: String
        package var resource: [UInt8]

        package init(vaccineType: String, resource: [UInt8]) {
            self.vaccineType = vaccineType
            self.resource = resource
        }
    }
}

/// One line of a lane's delivery log (D-55): numbers, time and result, no payload.
package struct AttemptRecord: Sendable, Hashable {
    /// What was sent.
    package var work: LaneWork
    /// Counts the attempts of the same bytes from 1.
    package var attempt: Int
    package var startedAt: Date
    package var duration: Duration
    package var outcome: AttemptOutcome

    package init(
        work: LaneWork,
        attempt: Int,
        startedAt: Date,
        duration: Duration,
        outcome: AttemptOutcome
    ) {
        self.work = work
        self.attempt = attempt
        self.startedAt = startedAt
        self.duration = duration
        self.outcome = outcome
    }
}
