import EventStream
import Events
import Foundation
import HeraldTestKit
import Kafka
import Postgres
import Store
import Subscriptions

/// A broker, a store, and what a test does with them.
struct KafkaWorld: Sendable {
    let broker: InProcessBroker
    let rig: KafkaRig
    let store: PostgresStore
    let pool: PostgresPool

    static let allShards = (0..<Shard.count).map { Shard(number: $0) }

    /// Lends a store with two subscriptions, and a broker with the events' topic.
    static func with(
        _ settings: [String: String] = [:],
        _ body: (KafkaWorld) async throws -> Void
    ) async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await store.create(.sample())
            try await store.create(.sample(.subscriber, filter: SubscriptionFilter(patients: [.sample(1)])))
            let broker = try InProcessBroker()
            defer { broker.close() }
            try await body(
                KafkaWorld(broker: broker, rig: try KafkaRig(broker, settings: settings), store: store, pool: pool)
            )
        }
    }

    var replay: EventReplay<PostgresStore> { EventReplay(store: store, operatorName: "test", page: 7) }

    var writer: ChangeWriter { ChangeWriter(pool) }
    var audit: RoutingAudit { RoutingAudit(pool) }

    func router() -> Router<KafkaEventLog<PostgresStore>, PostgresStore> { rig.router(store) }

    /// How many messages the topic holds.
    func messageCount() async throws -> Int {
        let consumer = try KafkaConsumer(configuration: rig.configuration, group: nil, logger: .silent)
        var count: Int64 = 0
        do {
            for number in 0..<rig.topic.partitions {
                let partition = KafkaPartition(topic: rig.topic.name, number: Int32(number))
                count += try await consumer.watermarks(of: partition).high
            }
        } catch {
            await consumer.close()
            throw error
        }
        await consumer.close()
        return Int(count)
    }
}
