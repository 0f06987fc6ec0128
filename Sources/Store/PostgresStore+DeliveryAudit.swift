import Access
import Deliveries
import Foundation
import Postgres
import Subscriptions

extension PostgresStore {
    /// Takes down that a lane is done with a notification, in the transaction that says so to the lane: it was accepted, or
    /// it will not be tried again by itself.
    ///
    /// The record names subscription, client and numbers and copies nothing of patients: `subscription_event` says whose
    /// event a number is.
    static func audit(
        _ attempt: AttemptRecord,
        of subscription: Subscription,
        _ outcome: AuditOutcome,
        on connection: PostgresConnection
    ) async throws {
        // Handshakes and heartbeats tell of nobody; the delivery log has them.
        var record: AuditRecord
        switch attempt.work {
        case .handshake, .heartbeat: return
        case .batch(let batch): record = delivery(batch.numbers, of: subscription, at: attempt.startedAt)
        case .resend(let job): record = delivery(job.batch.numbers, of: subscription, at: attempt.startedAt)
        case .backfill(let job):
            // They have no numbers that say which they are.
            record = delivery(job.batch.numbers, of: subscription, at: attempt.startedAt)
            record.resources += job.records.map { AuditedResource("Immunization", id: "\($0.record)") }
            record.parameters = nil
            record.change = "back-fill"
        }
        record.outcome = outcome
        if case .resend = attempt.work { record.change = "sent again on request" }
        record.status = attempt.outcome.httpStatus
        record.milliseconds = Int(attempt.duration / .milliseconds(1))
        if outcome != .success { record.issueCode = attempt.outcome.name }
        try await audit([record], on: connection)
    }

    /// Takes down that a run of a feed was written.
    static func audit(
        _ run: FrozenRun,
        of subscription: Subscription,
        on connection: PostgresConnection
    ) async throws {
        var record = delivery(run.from...max(run.from, run.to), of: subscription, at: run.startedAt)
        record.count = Int(run.eventCount)
        record.change = run.isFull ? "run \(run.sequence), a full extract" : "run \(run.sequence)"
        try await audit([record], on: connection)
    }

    private static func delivery(
        _ numbers: ClosedRange<Int64>,
        of subscription: Subscription,
        at time: Date
    ) -> AuditRecord {
        var record = AuditRecord(recorded: time)
        record.client = subscription.client
        record.resources = [AuditedResource("Subscription", id: "\(subscription.id)")]
        record.endpoint = "delivery by \(subscription.channel.rawValue)"
        record.parameters = "numbers=\(numbers.lowerBound)-\(numbers.upperBound)"
        record.count = numbers.count
        return record
    }
}
