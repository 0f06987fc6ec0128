import Events
import Foundation
import HeraldTestKit
import Kafka
import Postgres
import Store
import Testing

/// Rates of relay and router, to be read and compared; run with `HERALD_TEST_MEASURE=1`.
@Suite(
    .herald,
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["HERALD_TEST_MEASURE"] == "1", "HERALD_TEST_MEASURE is not 1")
)
struct Measurements {
    private static let records = 20_000

    @Test func relay() async throws {
        try await KafkaWorld.with { kafka in
            try await write(kafka)
            let start = ContinuousClock.now
            try await running([kafka.rig.relay(kafka.store)]) {
                try await eventually { try await kafka.pool.count("SELECT count(*) FROM outbox") == 0 }
            }
            print("relay: \(rate(since: start)) events/s")
        }
    }

    /// What it costs to hold each message against the version history (T-06).
    @Test(arguments: [false, true])
    func routing(holdsMessagesAgainstTheHistory: Bool) async throws {
        try await KafkaWorld.with { kafka in
            try await write(kafka)
            let waiting = try await kafka.store.waitingEvents(in: KafkaWorld.allShards, limit: .max)
            let claimed = try await kafka.store.claim(topic: "t", partitions: [0], initial: 0)[0]
            let start = ContinuousClock.now
            for first in stride(from: 0, to: waiting.count, by: 500) {
                let events = waiting[first..<min(first + 500, waiting.count)].map(\.event)
                let messages = events.indices.map {
                    LogMessage(topic: "t", partition: 0, offset: Int64(first + $0), key: nil, value: nil)
                }
                let slice = EventSlice(
                    events: events,
                    messages: holdsMessagesAgainstTheHistory ? messages : [],
                    position: .partition(
                        topic: "t",
                        partition: 0,
                        epoch: claimed.epoch,
                        first: Int64(first),
                        next: Int64(first + events.count)
                    )
                )
                #expect(try await kafka.store.route(slice) == .committed)
            }
            print("routing, held against the history \(holdsMessagesAgainstTheHistory): \(rate(since: start)) events/s")
        }
    }

    private func write(_ kafka: KafkaWorld) async throws {
        try await kafka.writer.write(records: 0..<Self.records, changesEach: 1)
        try await kafka.pool.query("ANALYZE")
    }

    private func rate(since start: ContinuousClock.Instant) -> Int {
        Int(Double(Self.records) / ((ContinuousClock.now - start) / .seconds(1)))
    }
}
