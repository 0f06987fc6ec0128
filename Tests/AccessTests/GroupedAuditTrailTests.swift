import Foundation
import Synchronization
import Testing

@testable import Access

/// what is told is on record, and many records share a commit.
@Suite(.timeLimit(.minutes(1))) struct GroupedAuditTrailTests {
    /// Keeps records, holding up each group until it is let go.
    private final class SlowStore: AuditStore {
        struct State {
            var groups: [[AuditRecord]] = []
            var failures = 0
        }

        let state = Mutex(State())
        let gate: AsyncStream<Void>
        let open: AsyncStream<Void>.Continuation
        let entered = AsyncStream<Int>.makeStream()

        init() { (gate, open) = AsyncStream.makeStream() }

        func append(_ records: [AuditRecord]) async throws {
            entered.continuation.yield(records.count)
            for await _ in gate.prefix(1) {}
            try state.withLock { state in
                if state.failures > 0 {
                    state.failures -= 1
                    throw Away()
                }
                state.groups.append(records)
            }
        }
    }

    private struct Away: Error {}

    /// Waits until this many records wait behind the group in hand.
    private func waiting(_ trail: GroupedAuditTrail, _ count: Int) async throws {
        while trail.waitingCount < count { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test func recordsThatComeWhileAGroupIsWrittenShareTheNext() async throws {
        let store = SlowStore()
        let trail = GroupedAuditTrail(store: store)
        var entered = store.entered.stream.makeAsyncIterator()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await trail.record(AuditRecord(recorded: Date())) }
            #expect(await entered.next() == 1, "alone, a record goes at once")
            for _ in 0..<50 { group.addTask { try await trail.record(AuditRecord(recorded: Date())) } }
            try await waiting(trail, 50)
            store.open.yield()
            #expect(await entered.next() == 50)
            store.open.yield()
            try await group.waitForAll()
        }
        #expect(store.state.withLock { $0.groups.map(\.count) } == [1, 50])
        #expect(Set(store.state.withLock { $0.groups.joined().map(\.eventID) }).count == 51)
    }

    @Test func aGroupThatCannotBeWrittenFailsForEveryOneInItAndForNobodyElse() async throws {
        let store = SlowStore()
        let trail = GroupedAuditTrail(store: store)
        var entered = store.entered.stream.makeAsyncIterator()
        store.state.withLock { $0.failures = 1 }
        let failed = Mutex(0)
        await withTaskGroup(of: Void.self) { group in
            let record: @concurrent @Sendable () async -> Void = {
                do {
                    try await trail.record(AuditRecord(recorded: Date()))
                } catch {
                    failed.withLock { $0 += 1 }
                }
            }
            group.addTask(operation: record)
            _ = await entered.next()
            group.addTask(operation: record)
            try? await waiting(trail, 1)
            store.open.yield()
            _ = await entered.next()
            store.open.yield()
            await group.waitForAll()
        }
        #expect(failed.withLock { $0 } == 1)
        #expect(store.state.withLock { $0.groups.map(\.count) } == [1])
    }
}
