import EventStream
import Events
import Foundation
import HeraldTestKit
import Kafka
import Logging
import Postgres
import Store
import Subscriptions
import Synchronization
import Testing
import Vaccination

@Suite(.herald, .timeLimit(.minutes(2))) struct EventRelayTests {
    /// T-01: the relay dies between the broker's answer and the delete, again and again.
    @Test func whatIsPublishedTwiceIsRoutedOnce() async throws {
        try await withKafka { kafka in
            let forgetful = ForgetfulOutbox(kafka.store, failures: 4)
            try await running([kafka.rig.relay(forgetful), kafka.router()]) {
                try await kafka.writer.write(records: 0..<60, changesEach: 3)
                try await kafka.audit.waitUntilRouted()
            }
            #expect(forgetful.failed == 4)
            #expect(try await kafka.messageCount() > 180)
            try await kafka.audit.check()
        }
    }

    /// T-02: a relay that lost its lease long ago publishes what others have published and routed since.
    @Test func aZombieRelaysOldEventsAreDropped() async throws {
        try await withKafka { kafka in
            try await kafka.writer.write([SampleChange(1)])
            let old = try await kafka.store.waitingPublications(in: Self.allShards, limit: 10)
            try await running([kafka.rig.relay(kafka.store), kafka.router()]) {
                for _ in 0..<3 { try await kafka.writer.write([SampleChange(1)]) }
                try await kafka.audit.waitUntilRouted()
                // As an outbox that holds the old row only for this relay.
                let zombie = kafka.rig.relay(FixedOutbox(old))
                let before = try await kafka.messageCount()
                try await runningUntilCancelled(zombie) {
                    try await eventually { try await kafka.messageCount() > before }
                }
                try await kafka.writer.write([SampleChange(1)])
                try await kafka.audit.waitUntilRouted()
            }
            try await kafka.audit.check()
        }
    }

    /// D-82: the broker refuses some of a batch's requests and takes others.
    @Test func nothingIsDeletedBehindAMessageThatWasNotAcknowledged() async throws {
        // One message a request, so that of two changes of a record the first may be refused and the second taken.
        try await withKafka(["batch.num.messages": "1"]) { kafka in
            try await kafka.writer.write(records: 0..<2, changesEach: 30)
            var random = SplitMix(seed: 3)
            let refusals = (0..<40).map { _ in random.chance(30) ? KafkaErrorCode.messageTooLarge : .none }
            try kafka.broker.pushRequestErrors(.produce, refusals)
            try await running([kafka.rig.relay(kafka.store), kafka.router()]) {
                try await kafka.audit.waitUntilRouted()
            }
            try await kafka.audit.check()
        }
    }

    /// T-07, in short.
    @Test func eventsWaitWhileTheBrokerIsDownAndKeepTheirOrder() async throws {
        try await withKafka { kafka in
            try await running([kafka.rig.relay(kafka.store), kafka.router()]) {
                try await kafka.writer.write(records: 0..<20, changesEach: 1)
                try await kafka.audit.waitUntilRouted()
                try kafka.broker.setDown()
                try await kafka.writer.write(records: 0..<20, changesEach: 5)
                try await Task.sleep(for: .seconds(1))
                #expect(try await kafka.store.depth().waiting == 100)
                try kafka.broker.setUp()
                try await kafka.audit.waitUntilRouted()
            }
            try await kafka.audit.check()
        }
    }

    @Test func shutdownDoesNotWaitForABrokerThatIsDown() async throws {
        try await withKafka { kafka in
            let took = try await ContinuousClock().measure {
                try await running([kafka.rig.relay(kafka.store)]) {
                    try kafka.broker.setDown()
                    try await kafka.writer.write(records: 0..<5, changesEach: 1)
                    try await eventually { try await kafka.pool.count("SELECT count(*) FROM outbox_member") == 1 }
                    try await Task.sleep(for: .milliseconds(300))
                }
            }
            #expect(took < .seconds(15))
            #expect(try await kafka.store.depth().waiting == 5)
            #expect(try await kafka.pool.count("SELECT count(*) FROM outbox_shard WHERE owner IS NOT NULL") == 0)
        }
    }

    /// D-94.
    @Test func messagesThatAreNoEventsAreSetAsideAndTheRestGoesOn() async throws {
        try await withKafka { kafka in
            let producer = try KafkaProducer(configuration: kafka.rig.configuration, logger: .silent)
            for number in 0..<8 {
                let message = KafkaMessage(
                    topic: kafka.rig.topic.name,
                    key: [UInt8(number)],
                    value: Array("stray".utf8)
                )
                _ = try await producer.send(message)
            }
            _ = try await producer.send(.tombstone(topic: kafka.rig.topic.name, key: [9]))
            await producer.close(grace: .seconds(1))
            try await running([kafka.rig.relay(kafka.store), kafka.router()]) {
                try await kafka.writer.write(records: 0..<30, changesEach: 2)
                try await kafka.audit.waitUntilRouted()
                try await eventually { try await kafka.pool.count("SELECT count(*) FROM event_dead") == 9 }
            }
            try await kafka.audit.check()
            #expect(try await kafka.pool.count("SELECT count(*) FROM event_dead WHERE value = 'stray'") == 8)
            #expect(try await kafka.pool.count("SELECT count(*) FROM event_dead WHERE value IS NULL") == 1)
        }
    }

    /// D-91: the database's position counts, not the broker's; here it is an older one, as after a restored backup.
    @Test func aRouterStartsWhereTheDatabaseSays() async throws {
        try await withKafka { kafka in
            try await kafka.writer.write(records: 0..<20, changesEach: 2)
            try await running([kafka.rig.relay(kafka.store)]) {
                try await running([kafka.router()]) { try await kafka.audit.waitUntilRouted() }
                try await kafka.pool.query(
                    "TRUNCATE event, subscription_event, lane_ready"
                )
                try await kafka.pool.query("UPDATE subscription_head SET last_number = 0")
                try await kafka.pool.query("UPDATE consumer_offset SET next_offset = 0")
                try await running([kafka.router()]) { try await kafka.audit.waitUntilRouted() }
            }
            try await kafka.audit.check()
        }
    }

    private static let allShards = (0..<Shard.count).map { Shard(number: $0) }

    private func withKafka(
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
}

/// A broker, a store, and what a test does with them.
private struct KafkaWorld: Sendable {
    let broker: InProcessBroker
    let rig: KafkaRig
    let store: PostgresStore
    let pool: PostgresPool

    var writer: ChangeWriter { ChangeWriter(pool) }
    var audit: RoutingAudit { RoutingAudit(pool) }

    func router() -> Router<KafkaEventLog<PostgresStore>, PostgresStore> {
        Router(log: rig.log(store), store: store, logger: .silent)
    }

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

/// An outbox whose first deletes fail, as if the process had died before them.
private final class ForgetfulOutbox: OutboxStore {
    private let store: PostgresStore
    private let failures: Int
    private let count = Mutex(0)

    init(_ store: PostgresStore, failures: Int) {
        self.store = store
        self.failures = failures
    }

    var failed: Int { min(count.withLock(\.self), failures) }

    func delete(outboxIDs: [Int64]) async throws {
        let attempt = count.withLock {
            $0 += 1
            return $0
        }
        if attempt <= failures { throw ConnectionLost() }
        try await store.delete(outboxIDs: outboxIDs)
    }

    func renewShards(owner: UUID, lease: Duration) async throws -> [Shard] {
        try await store.renewShards(owner: owner, lease: lease)
    }
    func releaseShards(owner: UUID) async throws { try await store.releaseShards(owner: owner) }
    func waitingEvents(in shards: [Shard], limit: Int) async throws -> [OutboxEvent] {
        try await store.waitingEvents(in: shards, limit: limit)
    }
    func waitingPublications(in shards: [Shard], limit: Int) async throws -> [OutboxPublication] {
        try await store.waitingPublications(in: shards, limit: limit)
    }
    func depth() async throws -> OutboxDepth { try await store.depth() }
}

/// An outbox that always holds the same rows, for a relay that thinks that it holds every shard.
private struct FixedOutbox: OutboxStore {
    let publications: [OutboxPublication]

    init(_ publications: [OutboxPublication]) { self.publications = publications }

    func renewShards(owner: UUID, lease: Duration) async throws -> [Shard] { [Shard(number: 0)] }
    func releaseShards(owner: UUID) async throws {}
    func waitingEvents(in shards: [Shard], limit: Int) async throws -> [OutboxEvent] { [] }
    func waitingPublications(in shards: [Shard], limit: Int) async throws -> [OutboxPublication] { publications }
    func delete(outboxIDs: [Int64]) async throws {}
    func depth() async throws -> OutboxDepth { OutboxDepth(waiting: publications.count, oldest: nil) }
}

private struct ConnectionLost: Error {}
