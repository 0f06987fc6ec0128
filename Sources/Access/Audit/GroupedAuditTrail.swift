import Synchronization

/// Commits the records of requests that are served at the same time together: one statement and one flush to disk for
/// all that came while the last group was written.
///
/// There is no timer and no task of its own: the first who comes writes for all who wait, and then makes one of those who
/// came meanwhile the next to write. Alone, a record goes at once.
package final class GroupedAuditTrail: AuditTrail {
    private enum Turn: Sendable {
        /// Write for all who wait.
        case write
        case written
        case failed(any Error)
    }

    private struct Waiter {
        let record: AuditRecord
        let continuation: CheckedContinuation<Turn, Never>
    }

    private struct State {
        var isWriting = false
        var waiting: [Waiter] = []
    }

    private static let largestGroup = 500

    private let store: any AuditStore
    private let state = Mutex(State())

    package init(store: any AuditStore) { self.store = store }

    /// How many records wait for the group in hand.
    var waitingCount: Int { state.withLock(\.waiting.count) }

    package func record(_ record: AuditRecord) async throws {
        let turn: Turn = await withCheckedContinuation { continuation in
            let isFirst = state.withLock { state in
                guard state.isWriting else {
                    state.isWriting = true
                    return true
                }
                state.waiting.append(Waiter(record: record, continuation: continuation))
                return false
            }
            if isFirst { continuation.resume(returning: .write) }
        }
        switch turn {
        case .write: try await write(record)
        case .written: return
        case .failed(let error): throw error
        }
    }

    /// Writes one's own record with those that wait now, and passes the turn on.
    private func write(_ own: AuditRecord) async throws {
        let group = state.withLock { state in
            let group = state.waiting.prefix(Self.largestGroup - 1)
            state.waiting.removeFirst(group.count)
            return group
        }
        do {
            try await store.append([own] + group.map(\.record))
        } catch  where Task.isCancelled {
            // One caller who has gone takes nobody along; a record that was written after all is known by its event id.
            state.withLock { $0.waiting.insert(contentsOf: group, at: 0) }
            passOn()
            throw error
        } catch {
            passOn()
            for waiter in group { waiter.continuation.resume(returning: .failed(error)) }
            throw error
        }
        passOn()
        for waiter in group { waiter.continuation.resume(returning: .written) }
    }

    /// Makes the longest waiting the next to write.
    private func passOn() {
        let next: Waiter? = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isWriting = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.continuation.resume(returning: .write)
    }
}
