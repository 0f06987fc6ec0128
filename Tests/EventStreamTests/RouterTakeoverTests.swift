import EventStream
import Events
import Foundation
import HeraldTestKit
import Kafka
import Postgres
import Store
import Synchronization
import Testing

@Suite(.herald, .timeLimit(.minutes(3))) struct RouterTakeoverTests {
    /// T-05: a router sleeps with a slice in hand until the group has given its partitions to another, then goes on.
    @Test func aRouterThatSleptPastItsTimeRollsBack() async throws {
        // A process cannot pause its own threads, so this one is taken for dead because it does not poll.
        try await KafkaWorld.with(["max.poll.interval.ms": "6000"]) { kafka in
            try await kafka.writer.write(records: 0..<40, changesEach: 2)
            let outcomes = Mutex<[SliceOutcome]>([])
            let sleeper = SliceProbe(kafka.store) { slice, route in
                guard outcomes.withLock({ $0.isEmpty }) else { return try await route(slice) }
                // Until the other router has routed what is in hand here.
                try await kafka.audit.waitUntilRouted(within: .seconds(90))
                let outcome = try await route(slice)
                outcomes.withLock { $0.append(outcome) }
                return outcome
            }
            let first = Router(log: kafka.rig.log(kafka.store), store: sleeper, logger: .silent)
            try await running([kafka.rig.relay(kafka.store), first]) {
                try await eventually { try await kafka.pool.count("SELECT count(*) FROM consumer_offset") == 4 }
                try await ScratchDatabase.withStore(named: "second") { second, _ in
                    try await running([kafka.rig.router(second)]) {
                        try await eventually(within: .seconds(100)) { !outcomes.withLock { $0.isEmpty } }
                    }
                }
            }
            #expect(outcomes.withLock(\.self) == [.fenced])
            try await kafka.audit.check()
        }
    }

    /// T-06: the database is restored to an earlier state, Kafka goes on from where it was.
    @Test func aRestoredDatabaseIsRoutedToItsEndAndWhatItHasLostIsSetAside() async throws {
        try await KafkaWorld.with { kafka in
            try await running([kafka.rig.relay(kafka.store)]) {
                try await kafka.writer.write(records: 0..<30, changesEach: 1)
                try await running([kafka.router()]) { try await kafka.audit.waitUntilRouted() }
                // In the topic and not routed when the backup is made.
                try await kafka.writer.write(records: 0..<30, changesEach: 1)
                try await eventually { try await kafka.store.depth().waiting == 0 }
            }
            let backup = try await Backup.make(of: ScratchDatabase.configuration)
            // What happens from here on is lost with the database, but not with Kafka.
            try await running([kafka.rig.relay(kafka.store), kafka.router()]) {
                try await kafka.writer.write(records: 0..<40, changesEach: 2)
                try await kafka.audit.waitUntilRouted()
            }
            try await backup.withRestored { store, pool in
                // Numbers that were given out before are given out again, to other changes.
                try await ChangeWriter(pool).write(records: 10..<25, changesEach: 1)
                try await running([kafka.rig.relay(store), kafka.rig.router(store)]) {
                    try await RoutingAudit(pool).waitUntilRouted()
                    try await eventually("everything that was lost is set aside") {
                        try await pool.count("SELECT count(*) FROM event_dead") == 80
                    }
                }
                try await RoutingAudit(pool).check()
                #expect(try await pool.count("SELECT count(*) FROM event") == 75)
                // The lost ones stay set aside, whoever tries.
                let retry = try await DeadEventRetry(store: store, operatorName: "test").run()
                #expect(retry.published == 0)
                #expect(retry.left.count == 80)
            }
        }
    }
}

/// A copy of a database, as a backup is one.
private struct Backup {
    let configuration: PostgresConfiguration
    private let administration: PostgresConfiguration

    /// Copies a database, ending the sessions in it: those of a test's pool come again.
    static func make(of original: PostgresConfiguration) async throws -> Backup {
        var administration = original
        administration.database = "postgres"
        var copy = original
        copy.database = "\(original.database ?? "")_backup"
        let connection = try await PostgresConnection.connect(administration, logger: .silent)
        for _ in 0..<50 {
            try await connection.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
                [.text(original.database ?? "")]
            )
            let sql =
                "CREATE DATABASE \"\(copy.database ?? "")\" TEMPLATE \"\(original.database ?? "")\" STRATEGY file_copy"
            if (try? await connection.execute(script: sql)) != nil {
                await connection.close()
                return Backup(configuration: copy, administration: administration)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        await connection.close()
        throw NotInTime()
    }

    func withRestored(_ body: (PostgresStore, PostgresPool) async throws -> Void) async throws {
        let pool = PostgresPool(configuration: configuration, logger: .silent)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(PostgresStore(pool: pool), pool)) } catch { outcome = .failure(error) }
        await pool.close()
        let connection = try await PostgresConnection.connect(administration, logger: .silent)
        _ = try await connection.execute(script: "DROP DATABASE \"\(configuration.database ?? "")\" WITH (FORCE)")
        await connection.close()
        try outcome.get()
    }
}
