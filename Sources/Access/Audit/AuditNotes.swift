package import Foundation
import Synchronization

/// What is taken down about one request while it is served; whoever learns something notes it here.
///
/// A route that answers a read or a refusal only makes notes: the middleware commits them before the answer leaves.
/// A route that changes something takes the record with ``finished(status:)``, hands it to the store's change, which inserts
/// it in its own transaction, and calls ``markCommitted()`` after the transaction's commit.
package final class AuditNotes: Sendable {
    private struct State {
        var record: AuditRecord
        var isDue = false
        var isCommitted = false
    }

    private let state: Mutex<State>
    private let start: ContinuousClock.Instant

    /// Begins the notes of a request that came now.
    package init(now: Date = Date()) {
        state = Mutex(State(record: AuditRecord(recorded: now)))
        start = .now
    }

    /// Adds to the record.
    package func note(_ body: (inout AuditRecord) -> Void) {
        state.withLock { body(&$0.record) }
    }

    /// Says that this request is one for the trail: called where a protected endpoint begins, before anything is refused.
    package func requireRecord() { state.withLock { $0.isDue = true } }

    /// The record as it stands, ended now with this status.
    package func finished(status: Int) -> AuditRecord {
        var record = state.withLock(\.record)
        record.outcome = AuditOutcome(status: status)
        record.status = status
        record.milliseconds = Int((ContinuousClock.now - start) / .milliseconds(1))
        return record
    }

    /// Says that the record of ``finished(status:)`` is in the trail already: it went with the change.
    package func markCommitted() { state.withLock { $0.isCommitted = true } }

    /// Whether a record still has to be written.
    package var isOutstanding: Bool { state.withLock { $0.isDue && !$0.isCommitted } }
}
