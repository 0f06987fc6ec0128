package import Foundation

/// What a lane does next: one request, decided by the store when the lane is claimed or moved on.
package enum LaneWork: Sendable, Hashable {
    /// The message that activates the subscription; tried once (`fhir-subscriptions.md` §5). `total` is its events so far.
    case handshake(total: Int64)
    /// A sign of life, which is not tried again: the next one is due anyway. `total` is its events so far.
    case heartbeat(total: Int64)
    /// The next events, or those whose turn it still is.
    case batch(FrozenBatch)
    /// Events that were accepted before and are asked for again; the cursor stays where it is (D-23).
    case resend(ResendJob)
    /// Records that were there before the subscription, without numbers (D-53).
    case backfill(BackfillJob)

    /// The events that are sent, if any.
    package var numbers: ClosedRange<Int64>? {
        switch self {
        case .handshake, .heartbeat, .backfill: nil
        case .batch(let batch): batch.numbers
        case .resend(let job): job.batch.numbers
        }
    }

    /// What makes the bytes the same on each attempt; nil for messages that have one attempt.
    package var frozen: FrozenBatch? {
        switch self {
        case .handshake, .heartbeat: nil
        case .batch(let batch): batch
        case .resend(let job): job.batch
        case .backfill(let job): job.batch
        }
    }

    /// The back-fill it belongs to.
    var backfill: UUID? {
        if case .backfill(let job) = self { job.id } else { nil }
    }

    /// Whether it tells of no record.
    var isNotice: Bool { frozen == nil }

    /// The kind of message, as the delivery log names it.
    package var kind: Kind {
        switch self {
        case .handshake: .handshake
        case .heartbeat: .heartbeat
        case .batch: .events
        case .resend: .resend
        case .backfill: .backfill
        }
    }

    /// Kinds of messages, by their names in the delivery log.
    package enum Kind: String, Sendable, CaseIterable {
        case handshake, heartbeat, events, resend, backfill
    }
}

/// A range of numbers that is sent together, with everything that makes its bytes the same on each attempt (D-10).
package struct FrozenBatch: Sendable, Hashable {
    package var numbers: ClosedRange<Int64>
    package var bundleID: UUID
    package var frozenAt: Date
    /// Failed attempts so far.
    package var failures: Int
    /// How long it has been failing, by the database's clock when the lane was claimed.
    package var failingFor: Duration

    package init(
        numbers: ClosedRange<Int64>,
        bundleID: UUID,
        frozenAt: Date,
        failures: Int = 0,
        failingFor: Duration = .zero
    ) {
        self.numbers = numbers
        self.bundleID = bundleID
        self.frozenAt = frozenAt
        self.failures = failures
        self.failingFor = failingFor
    }
}

/// A part of a `$resend` or an operators' replay: beside the lane's own order, marked, never moving its cursor (D-23).
package struct ResendJob: Sendable, Hashable {
    /// The request it belongs to.
    package var id: UUID
    /// What is sent now.
    package var batch: FrozenBatch

    package init(id: UUID, batch: FrozenBatch) {
        self.id = id
        self.batch = batch
    }
}
