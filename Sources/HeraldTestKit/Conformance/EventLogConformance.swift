import Events
import Foundation
import Postgres
import Store
import Subscriptions
import Synchronization
import Testing
import Vaccination

/// What every event log must do; one suite for all of them (`delivery.md` §19, T-03 to T-05).
package enum EventLogConformance: String, CaseIterable, Sendable {
    /// T-03: fifty writers, slow by up to 200 ms, some rolled back: what is committed is routed once, in order per record.
    case routesWhatIsCommittedOnceAndInOrder
    /// A router that is cancelled anywhere in a slice and started again loses and doubles nothing.
    case survivesCancellationInsideASlice
    /// Two routers share the work.
    case sharesTheWorkBetweenRouters
    /// A router whose source was taken over while it held a slice writes nothing.
    case fencesWhoHeldASliceTooLong
    /// Connections that break in any statement cost time and nothing else.
    case outlivesItsDatabaseConnections

    /// Checks a log of this kind on the test case's database, which needs the trait `.herald`.
    package func check(_ kind: EventLogRig.Kind) async throws {
        try await ScratchDatabase.withStore(named: "writer", connections: 60) { store, pool in
            try await store.create(.sample())
            try await store.create(.sample(.subscriber, filter: SubscriptionFilter(vaccineTypes: ["FLU"])))
            try await store.create(.sample(.subscriber, filter: SubscriptionFilter(patients: [.sample(1)])))
            let writer = ChangeWriter(pool)
            let audit = RoutingAudit(pool)
            try await EventLogRig.with(kind, on: store) { rig in
                let run = ConformanceRun(rig: rig, store: store, pool: pool, writer: writer, audit: audit)
                try await running(rig.carriers) { try await check(run) }
            }
            try await audit.check()
        }
    }

    private func check(_ run: ConformanceRun) async throws {
        switch self {
        case .routesWhatIsCommittedOnceAndInOrder: try await run.manyWriters()
        case .survivesCancellationInsideASlice: try await run.cancellation()
        case .sharesTheWorkBetweenRouters: try await run.twoRouters()
        case .fencesWhoHeldASliceTooLong: try await run.fence()
        case .outlivesItsDatabaseConnections: try await run.brokenConnections()
        }
    }
}

/// One check in progress.
private struct ConformanceRun: Sendable {
    let rig: EventLogRig
    let store: PostgresStore
    let pool: PostgresPool
    let writer: ChangeWriter
    let audit: RoutingAudit

    func manyWriters() async throws {
        try await running([rig.makeRouter(UUID(), store, store)]) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        var random = SplitMix(seed: UInt64(number))
                        for _ in 0..<6 {
                            // Ascending, so that no two writers wait for each other.
                            let records = Set((0..<random.number(in: 1...4)).map { _ in random.number(in: 0...199) })
                                .sorted()
                            try await writer.write(
                                records.map { SampleChange($0, patient: $0, vaccineType: $0 < 100 ? "FLU" : "MMR") },
                                pause: .milliseconds(random.number(in: 0...200)),
                                commits: !random.chance(20)
                            )
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await audit.waitUntilRouted()
        }
    }

    func cancellation() async throws {
        var random = SplitMix(seed: 4)
        // A group takes some seconds to form anew on Kafka.
        for _ in 0..<(rig.kind == .embedded ? 12 : 2) {
            try await writer.write(records: 0..<150, changesEach: 3)
            let before = try await audit.routedCount()
            try await ScratchDatabase.withStore(named: "router") { other, _ in
                // Cancelled by itself, in the middle of the transaction of some slice.
                let slice = random.number(in: 2...4)
                let pause = Duration.microseconds(random.number(in: 0...4000))
                let seen = Mutex(0)
                let probe = SliceProbe(other) { events, route in
                    guard
                        seen.withLock({
                            $0 += 1; return $0 == slice
                        })
                    else { return try await route(events) }
                    return try await withThrowingTaskGroup(of: SliceOutcome?.self) { group in
                        group.addTask { try await route(events) }
                        group.addTask {
                            try await Task.sleep(for: pause)
                            return nil
                        }
                        defer { group.cancelAll() }
                        guard let first = try await group.next() ?? nil else { throw CancellationError() }
                        return first
                    }
                }
                try await runningUntilCancelled(rig.makeRouter(UUID(), probe, other)) {
                    try await eventually(within: .seconds(20)) {
                        try await audit.routedCount() > before && seen.withLock { $0 >= slice }
                    }
                }
            }
            // As if its lease had run out: nobody waits 15 s for that here.
            try await pool.query("UPDATE outbox_shard SET lease_until = NULL")
            try await pool.query("DELETE FROM outbox_member")
        }
        try await finish()
    }

    func twoRouters() async throws {
        let owners = [UUID(), UUID()]
        if rig.kind == .embedded {
            for owner in owners + owners { _ = try await store.renewShards(owner: owner, lease: .seconds(15)) }
        }
        try await ScratchDatabase.withStore(named: "router 1") { first, _ in
            try await ScratchDatabase.withStore(named: "router 2") { second, _ in
                let probes = [SliceProbe(first), SliceProbe(second)]
                let routers = [
                    rig.makeRouter(owners[0], probes[0], first), rig.makeRouter(owners[1], probes[1], second),
                ]
                try await running(routers) {
                    try await writer.write(records: 0..<150, changesEach: 2)
                    try await eventually(within: .seconds(30), "work for both routers") {
                        try await writer.write(records: 0..<20, changesEach: 1)
                        return probes.allSatisfy { $0.committedCount > 1 }
                    }
                    try await audit.waitUntilRouted()
                }
            }
        }
    }

    func fence() async throws {
        try await writer.write(records: 0..<40, changesEach: 2)
        let outcomes = Mutex<[SliceOutcome]>([])
        let probe = SliceProbe(store) { slice, route in
            guard outcomes.withLock({ $0.isEmpty }) else { return try await route(slice) }
            let other = try await rig.takeOver(slice, store)
            let own = try await route(slice)
            outcomes.withLock { $0 = [other, own] }
            return own
        }
        try await running([rig.makeRouter(UUID(), probe, store)]) { try await audit.waitUntilRouted() }
        #expect(outcomes.withLock(\.self) == [.committed, .fenced])
    }

    func brokenConnections() async throws {
        try await writer.write(records: 0..<100, changesEach: 3)
        try await ScratchDatabase.withStore(named: "router") { other, _ in
            try await running([rig.makeRouter(UUID(), other, other)]) {
                var random = SplitMix(seed: 7)
                for round in 0..<12 {
                    let before = try await audit.routedCount()
                    try await writer.write(records: 0..<60, changesEach: 2)
                    try await eventually { try await audit.routedCount() > before }
                    try await Task.sleep(for: .milliseconds(random.number(in: 0...12)))
                    try await pool.endSessions(named: "router")
                    if round % 4 == 3 { try await audit.waitUntilRouted() }
                }
                try await audit.waitUntilRouted()
            }
        }
    }

    /// Routes the rest in peace.
    private func finish() async throws {
        try await running([rig.makeRouter(UUID(), store, store)]) { try await audit.waitUntilRouted() }
    }
}
