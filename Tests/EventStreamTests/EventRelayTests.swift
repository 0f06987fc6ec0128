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
        try await KafkaWorld.with { kafka in
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
        try await KafkaWorld.with { kafka in
            try await kafka.writer.write([SampleChange(1)])
            let old = try await kafka.store.waitingPublications(in: KafkaWorld.allShards, limit: 10)
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
        try await KafkaWorld.with(["batch.num.messages": "1"]) { kafka in
            try await kafka.writer.write(records: 0..<2, changesEach: 30)
            var random = SplitMix(seed: 3)
            let refusals = (0..<40).map { _ in random.chance(30) ? KafkaErrorCode.topicAuthorizationFailed : .none }
            try kafka.broker.pushRequestErrors(.produce, refusals)
            try await running([kafka.rig.relay(kafka.store), kafka.router()]) {
                try await kafka.audit.waitUntilRouted()
            }
            try await kafka.audit.check()
        }
    }

    /// T-07, in short.
    @Test func eventsWaitWhileTheBrokerIsDownAndKeepTheirOrder() async throws {
        try await KafkaWorld.with { kafka in
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
        try await KafkaWorld.with { kafka in
            let took = try await ContinuousClock().measure {
                try await running([kafka.rig.relay(kafka.store)]) {
                    try await eventually { try await kafka.pool.count("SELECT count(*) FROM outbox_member") == 1 }
                    try kafka.broker.setDown()
                    try await kafka.writer.write(records: 0..<5, changesEach: 1)
                    try await Task.sleep(for: .milliseconds(300))
                }
            }
            #expect(took < .seconds(15))
            #expect(try await kafka.store.depth().waiting == 5)
            #expect(try await kafka.pool.count("SELECT count(*) FROM outbox_shard WHERE owner IS NOT NULL") == 0)
        }
    }

    /// D-94, N-06: an event that does not say what happened is no event either.
    @Test func messagesThatAreNoEventsAreSetAsideAndTheRestGoesOn() async throws {
        try await KafkaWorld.with { kafka in
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
        try await KafkaWorld.with { kafka in
            try await kafka.writer.write(records: 0..<20, changesEach: 2)
            try await running([kafka.rig.relay(kafka.store)]) {
                try await running([kafka.router()]) { try await kafka.audit.waitUntilRouted() }
                try await kafka.pool.query(
                    "TRUNCATE event, subscription_event, lane_ready"
                )
                try await kafka.pool.query("UPDATE subscription_head SET last_number = 0")
                try await kafka.pool.query("UPDATE consumer_offset SET next_offset = 0, mark = NULL")
                try await running([kafka.router()]) { try await kafka.audit.waitUntilRouted() }
            }
            try await kafka.audit.check()
        }
    }
}

/// An outbox whose first deletes fail, as if the process had died before them.
private final class ForgetfulOutbox: OutboxStore, EventLogRegister, LogPositionStore {
    private let store: PostgresStore
    private let failures: Int
    private let count = Mutex(0)

    init(_ store: PostgresStore, failures: Int) {
        self.store = store
        self.failures = failures
    }

    var failed: Int { min(count.withLock(\.self), failures) }

    func mendings() async throws -> Int64 { try await store.mendings() }
    func delete(
        published outboxIDs: [Int64],
        to topic: String,
        through ends: [Int32: Int64],
        mendings: Int64
    ) async throws {
        let attempt = count.withLock {
            $0 += 1
            return $0
        }
        if attempt <= failures { throw ConnectionLost() }
        try await store.delete(published: outboxIDs, to: topic, through: ends, mendings: mendings)
    }

    func extendShards(owner: UUID, lease: Duration) async throws -> [Shard] {
        try await store.extendShards(owner: owner, lease: lease)
    }
    func setAside(outboxID: Int64, reason: String) async throws -> Int {
        try await store.setAside(outboxID: outboxID, reason: reason)
    }
    func establishedLog() async throws -> EventLogIdentity? { try await store.establishedLog() }
    func establish(_ log: EventLogIdentity) async throws -> EventLogIdentity { try await store.establish(log) }
    func oldestWaiting() async throws -> Duration? { try await store.oldestWaiting() }
    func claim(topic: String, partitions: [Int32], initial: Int64) async throws -> [ClaimedPartition] {
        try await store.claim(topic: topic, partitions: partitions, initial: initial)
    }
    func report(_ gap: LogGap) async throws { try await store.report(gap) }
    func stoppedPartitions(topic: String) async throws -> Set<Int32> { try await store.stoppedPartitions(topic: topic) }
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
private struct FixedOutbox: OutboxStore, EventLogRegister, LogPositionStore {
    let publications: [OutboxPublication]

    init(_ publications: [OutboxPublication]) { self.publications = publications }

    func renewShards(owner: UUID, lease: Duration) async throws -> [Shard] { [Shard(number: 0)] }
    func releaseShards(owner: UUID) async throws {}
    func waitingEvents(in shards: [Shard], limit: Int) async throws -> [OutboxEvent] { [] }
    func waitingPublications(in shards: [Shard], limit: Int) async throws -> [OutboxPublication] { publications }
    func mendings() async throws -> Int64 { 0 }
    func delete(
        published outboxIDs: [Int64],
        to topic: String,
        through ends: [Int32: Int64],
        mendings: Int64
    ) async throws {}
    func extendShards(owner: UUID, lease: Duration) async throws -> [Shard] { [Shard(number: 0)] }
    func setAside(outboxID: Int64, reason: String) async throws -> Int { 0 }
    func establishedLog() async throws -> EventLogIdentity? { nil }
    func establish(_ log: EventLogIdentity) async throws -> EventLogIdentity { log }
    func oldestWaiting() async throws -> Duration? { nil }
    func claim(topic: String, partitions: [Int32], initial: Int64) async throws -> [ClaimedPartition] { [] }
    func report(_ gap: LogGap) async throws {}
    func stoppedPartitions(topic: String) async throws -> Set<Int32> { [] }
    func depth() async throws -> OutboxDepth { OutboxDepth(waiting: publications.count, oldest: nil) }
}

private struct ConnectionLost: Error {}
