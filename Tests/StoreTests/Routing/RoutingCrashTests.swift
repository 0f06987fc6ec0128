import Events
import Foundation
import HeraldTestKit
import Postgres
import Store
import Testing
import Vaccination

@Suite(.herald, .timeLimit(.minutes(2))) struct RoutingCrashTests {
    enum Source: CaseIterable { case outbox, partition }

    /// T-04: the router dies before and after each statement of the routing transaction, COMMIT among them.
    @Test(arguments: Source.allCases)
    func aRouterThatDiesAtAnyStatementLosesAndDoublesNothing(_ source: Source) async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await store.create(.sample())
            try await store.create(.sample())
            let claimed = try await store.claim(topic: "t", partitions: [0], initial: 0)[0]
            let gate = try StatementGate(to: ScratchDatabase.configuration)
            defer { gate.close() }
            var offset: Int64 = 0
            func slice() async throws -> EventSlice {
                // A gap of changes, a correction and an unreadable message: every statement there is has to be reached.
                try await ChangeWriter(pool).write((0..<3).map { SampleChange($0) })
                let waiting = try await store.waitingEvents(in: PostgresStore.allShards, limit: 1000)
                guard source == .partition else {
                    return EventSlice(events: waiting.map(\.event), position: .outbox(ids: waiting.map(\.outboxID)))
                }
                try await pool.query("DELETE FROM outbox")
                defer { offset += Int64(waiting.count) + 1 }
                let messages = waiting.indices.map { index in
                    LogMessage(topic: "t", partition: 0, offset: offset + Int64(index), key: nil, value: nil)
                }
                let stray = LogMessage(
                    topic: "t",
                    partition: 0,
                    offset: offset + Int64(waiting.count),
                    key: nil,
                    value: [1]
                )
                let next = offset + Int64(waiting.count) + 1
                return EventSlice(
                    events: waiting.map(\.event),
                    messages: messages,
                    unreadable: [UnreadableMessage(stray, reason: "no event")],
                    position: .partition(
                        topic: "t",
                        partition: 0,
                        epoch: claimed.epoch,
                        first: offset,
                        next: next,
                        mark: stray.mark
                    )
                )
            }
            var lostAnswers = 0
            // Breaks the connection there; a new process each time, with everything still to prepare.
            func die(_ cut: StatementGate.Cut) async throws -> Bool {
                let connections = PostgresPool(configuration: gate.configuration, logger: .silent)
                let router = PostgresStore(pool: connections)
                let slice = try await slice()
                let before = try await pool.count("SELECT count(*) FROM event")
                gate.arm(cut)
                let failed: Bool
                do {
                    #expect(try await router.route(slice) == .committed)
                    failed = false
                } catch {
                    failed = true
                    let isCommitted = try await pool.count("SELECT count(*) FROM event") > before
                    gate.arm(.never)
                    // As the router does: once more, and from the log again when the rows are gone with the lost answer.
                    let again = try await router.route(slice)
                    #expect(again == (isCommitted && source == .outbox ? .fenced : .committed), "\(cut)")
                    if isCommitted { lostAnswers += 1 }
                }
                await connections.close()
                return failed
            }
            var statement = 0
            repeat { statement += 1 } while try await die(.before(statement))
            let statements = statement - 1
            #expect(statements >= 8)
            for statement in 1...statements { #expect(try await die(.after(statement))) }
            #expect(lostAnswers == 1, "the answer to COMMIT")
            try await RoutingAudit(pool).check()
            if source == .partition {
                #expect(try await pool.count("SELECT count(*) FROM event_dead") == 2 * statements + 1, "one a slice")
            }
        }
    }
}
