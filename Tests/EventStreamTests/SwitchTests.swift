import EventStream
import Events
import Foundation
import HeraldTestKit
import Postgres
import Store
import Testing

/// An installation changes its event log while it runs; nothing is lost, nothing is routed twice.
@Suite(.herald, .timeLimit(.minutes(3))) struct SwitchTests {
    @Test func fromTheEmbeddedLogToKafkaAndBackWithoutLossOrDouble() async throws {
        try await KafkaWorld.with { kafka in
            let log = EventLogIdentity.kafka(topic: kafka.rig.topic.name, partitions: 4)
            try await kafka.store.require(.embedded)
            let embedded = Self.embedded(kafka.store)
            try await writing(kafka) {
                // Some are routed, some wait.
                try await running([embedded]) { try await eventually { try await kafka.audit.routedCount() > 100 } }
                #expect(
                    try await kafka.store.switchLog(to: log, by: "test") == 0,
                    "all that is not routed waits in the outbox"
                )
                // The old process is still there, beside the new ones.
                try await running([Self.embedded(kafka.store), kafka.rig.relay(kafka.store), kafka.router()]) {
                    try await eventually { try await kafka.pool.count("SELECT count(*) FROM published_offset") > 0 }
                    try await eventually { try await kafka.audit.routedCount() > 300 }
                }
            }
            // Only in the topic: published, and no router is there.
            try await running([kafka.rig.relay(kafka.store)]) {
                try await kafka.writer.write(records: 0..<60, changesEach: 2)
                try await eventually { try await kafka.store.depth().waiting == 0 }
                let relay = kafka.rig.relay(kafka.store)
                try await kafka.writer.write(records: 0..<60, changesEach: 1)
                let restored = try await kafka.store.switchLog(to: .embedded, by: "test")
                #expect(restored >= 120)
                // The relays of the old setting stop by themselves and take nothing with them.
                await #expect(throws: EventLogMismatch.self) { try await relay.run() }
            } stopped: { error in
                #expect(error is EventLogMismatch)
            }
            try await running([Self.embedded(kafka.store)]) { try await kafka.audit.waitUntilRouted() }
            try await kafka.audit.check()
            #expect(
                try await kafka.pool.count("SELECT count(*) FROM event_log_operation WHERE operation = 'switch'") == 2
            )
        }
    }

    @Test func aProcessWithAnotherLogIsRefusedAndOneThatRunsStops() async throws {
        try await ScratchDatabase.withStore { store, _ in
            try await store.require(.kafka(topic: "events", partitions: 24))
            await #expect(throws: EventLogMismatch(recorded: .kafka(topic: "events", partitions: 24), topic: nil)) {
                try await store.require(.embedded)
            }
            let more = await #expect(throws: EventLogMismatch.self) {
                try await store.require(.kafka(topic: "events", partitions: 30))
            }
            #expect(more?.description.contains("30 partitions now") == true)
            try await store.require(.kafka(topic: "events", partitions: 24))
            let watch = EventLogWatch(register: store, topic: "events", interval: .milliseconds(20), logger: .silent)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await #expect(throws: EventLogMismatch.self) { try await watch.run() } }
                _ = try await store.switchLog(to: .embedded, by: "test")
                try await group.waitForAll()
            }
        }
    }

    private static func embedded(_ store: PostgresStore) -> Router<EmbeddedEventLog<PostgresStore>, PostgresStore> {
        Router(
            log: EmbeddedEventLog(store: store, sliceLimit: 20, owner: UUID(), lease: .seconds(2), logger: .silent),
            store: store,
            logger: .silent
        )
    }

    /// Writes until `body` is done.
    private func writing(_ kafka: KafkaWorld, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 0... {
                    // Ends after the transaction in hand.
                    if Task.isCancelled { return }
                    try await kafka.writer.write((0..<10).map { SampleChange((round * 7 + $0) % 90) })
                    try? await Task.sleep(for: .milliseconds(5))
                }
            }
            try await body()
            group.cancelAll()
            _ = await group.nextResult()
        }
    }
}

/// Runs services that are to end by themselves, beside `body`.
private func running(
    _ services: [EventRelay<PostgresStore>],
    _ body: () async throws -> Void,
    stopped: (any Error) -> Void
) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for service in services { group.addTask { try await service.run() } }
        try await body()
        while let ending = await group.nextResult() {
            if case .failure(let error) = ending { stopped(error) }
        }
    }
}
