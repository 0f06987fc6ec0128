import Events
import Foundation
import HeraldTestKit
import Kafka
import Postgres
import Store
import Subscriptions
import Testing
import Vaccination

@testable import EventStream

/// D-91: the log no longer holds what has to be read next.
@Suite(.herald, .timeLimit(.minutes(3))) struct LogGapTests {
    /// The broker is gone with all it had and another one, empty or filled again, answers in its place.
    @Test(arguments: [0, 3])
    func whatALostLogHeldIsPublishedAgainFromTheVersionHistory(refilled: Int) async throws {
        try await KafkaWorld.with { old in
            try await old.writer.write(records: 0..<40, changesEach: 2)
            try await running([old.rig.relay(old.store)]) {
                try await running([old.router()]) { try await old.audit.waitUntilRouted() }
                // These are only in the topic when it is lost.
                try await old.writer.write(records: 0..<40, changesEach: 1)
                try await eventually { try await old.store.depth().waiting == 0 }
            }
            old.broker.close()
            try await Self.withNewBroker(after: old) { new in
                try await Self.refill(new, messages: refilled * 100)
                try await running([new.rig.relay(new.store), new.router()]) {
                    try await eventually(within: .seconds(60), "four gaps") { try await new.store.logGaps().count == 4 }
                    #expect(try await new.audit.routedCount() == 80, "nothing is passed over")
                    let count = try await new.replay.mendGaps(isDryRun: true)
                    #expect(count.selected == 40)
                    #expect(count.published == 0)
                    #expect(try await new.store.logGaps().count == 4)
                    let mended = try await new.replay.mendGaps(rate: 10_000)
                    #expect(mended.published == 40)
                    #expect(mended.mended.count == 4)
                    try await new.writer.write(records: 0..<40, changesEach: 1)
                    try await new.audit.waitUntilRouted(within: .seconds(60))
                }
                try await new.audit.check()
                #expect(try await new.pool.count("SELECT count(*) FROM event") == 160)
                #expect(
                    try await new.pool.count("SELECT count(*) FROM event_log_operation WHERE operator = 'test'") == 2
                )
            }
        }
    }

    /// The in-process broker keeps 5 MB a partition: what a router was away for too long for is gone.
    @Test func aTrimmedPartitionStopsAloneAndTheOthersGoOn() async throws {
        try await KafkaWorld.with(["compression.type": "none"]) { kafka in
            try await kafka.writer.write(records: 0..<20, changesEach: 1)
            try await running([kafka.rig.relay(kafka.store)]) {
                try await running([kafka.router()]) { try await kafka.audit.waitUntilRouted() }
                try await kafka.writer.write(records: 0..<20, changesEach: 1)
                try await eventually { try await kafka.store.depth().waiting == 0 }
                try await Self.flood(kafka, partition: 2)
                try await running([kafka.router()]) {
                    try await eventually(within: .seconds(60), "a gap") { try await !kafka.store.logGaps().isEmpty }
                    let gaps = try await kafka.store.logGaps()
                    #expect(gaps.map(\.partition) == [2])
                    #expect(gaps.map(\.reason) == [.trimmed])
                    let inOthers = (0..<20).count { KeyPartition.of(SampleChange($0).recordID, count: 4) != 2 }
                    try await eventually { try await kafka.audit.routedCount() == 20 + inOthers }
                    #expect(try await kafka.replay.mendGaps().published == 20 - inOthers)
                    try await kafka.audit.waitUntilRouted(within: .seconds(60))
                }
            }
            try await kafka.audit.check()
        }
    }

    @Test func aRelayNoticesThatAcknowledgedOffsetsWentBack() {
        var work = RelayWork(
            leases: ShardLeases(store: NoOutbox(), owner: UUID(), logger: .silent)
        )
        #expect(work.ends(of: [.init(partition: 0, offset: 7), .init(partition: 1, offset: 3)]).restarts.isEmpty)
        #expect(work.ends(of: [.init(partition: 0, offset: 8)]).published == [0: 9])
        let ends = work.ends(of: [
            .init(partition: 0, offset: 9), .init(partition: 1, offset: 0), .init(partition: 1, offset: 1),
        ])
        #expect(ends.restarts == [1: RelayEnds.Restart(4, 1, 1)])
        work.restarted([1: 2])
        #expect(work.ends(of: [.init(partition: 1, offset: 2)]).restarts.isEmpty)
    }

    /// Brokers answer a batch that they have already with no offset (DUPLICATE_SEQUENCE_NUMBER), which the client counts on
    /// from: -1, 0, 1 and so on.
    @Test func anOffsetThatTheBrokerDidNotMeanIsNoEnd() {
        var work = RelayWork(
            leases: ShardLeases(store: NoOutbox(), owner: UUID(), logger: .silent)
        )
        _ = work.ends(of: [.init(partition: 0, offset: 7)])
        let ends = work.ends(of: [-1, 0, 1].map { .init(partition: 0, offset: $0) })
        #expect(ends.restarts == [0: RelayEnds.Restart(8, 0, 0)])
        #expect(
            work.ends(of: [.init(partition: 0, offset: 8)]).restarts.isEmpty,
            "8 follows 7, whatever was in between"
        )
    }

    /// A broker that is cut off in the middle of the look says nothing about what its log holds.
    @Test func aSilentBrokerIsNotALostLog() async throws {
        try await KafkaWorld.with { kafka in
            let port = try #require(kafka.broker.bootstrapServers.split(separator: ":").last.flatMap { Int($0) })
            let dialect = KafkaDialect(host: "127.0.0.1")
            let proxy = try await LoopbackProxy(to: .port(port), dialect: dialect)
            dialect.redirect(port: port, to: proxy.port)
            try await running([proxy]) {
                try await Self.withProducer(kafka) { producer in
                    for value in 0..<3 as Range<UInt8> {
                        let message = KafkaMessage(topic: kafka.rig.topic.name, key: [], value: [value], partition: 1)
                        _ = try await producer.send(message)
                    }
                }
                let place = KafkaPartition(topic: kafka.rig.topic.name, number: 1)
                let configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:\(proxy.port)")
                let probe = LogProbe(configuration: configuration, logger: .silent, patience: .seconds(2))
                #expect(try await probe.read(at: [place: 1])[place]?.value == [1])
                #expect(try await probe.read(at: [place: 3]).isEmpty, "nothing is at the end")
                #expect(try await probe.read(at: [place: 9]).isEmpty, "nothing is behind it")
                proxy.stall()
                await #expect(throws: (any Error).self) { try await probe.read(at: [place: 1]) }
                proxy.heal()
                #expect(try await probe.read(at: [place: 1]).count == 1)
            }
        }
    }

    @Test(
        arguments: [
            // next, published, low, high: what follows
            (5, 9, 0, 9, "read from 5"), (0, 0, 40, 50, "read from 40"), (0, 9, 4, 50, "trimmed, then 4"),
            (5, 9, 6, 9, "trimmed, then 6"), (5, 0, 0, 4, "truncated, then 0"), (5, 9, 0, 7, "truncated, then 5"),
            (9, 9, 9, 9, "read from 9"),
        ] as [(Int64, Int64, Int64, Int64, String)]
    )
    func thePositionIsHeldAgainstWhatTheLogHas(
        next: Int64,
        published: Int64,
        low: Int64,
        high: Int64,
        what: String
    ) {
        let claimed = ClaimedPartition(partition: 1, epoch: 1, nextOffset: next, publishedThrough: published)
        switch PartitionReading.start(claimed, topic: "t", low: low, high: high) {
        case .read(let reading): #expect("read from \(reading.start)" == what)
        case .gap(let gap): #expect("\(gap.reason.rawValue), then \(gap.resumeAt)" == what)
        }
    }

    private static func withNewBroker(after old: KafkaWorld, _ body: (KafkaWorld) async throws -> Void) async throws {
        let broker = try InProcessBroker()
        defer { broker.close() }
        try await body(KafkaWorld(broker: broker, rig: try KafkaRig(broker), store: old.store, pool: old.pool))
    }

    /// Messages of nobody's, in each partition.
    private static func refill(_ kafka: KafkaWorld, messages: Int) async throws {
        try await withProducer(kafka) { producer in
            let strays = (0..<messages).map { number in
                KafkaMessage(
                    topic: kafka.rig.topic.name,
                    key: [],
                    value: Array("stray \(number)".utf8),
                    partition: Int32(number % 4)
                )
            }
            for report in await producer.send(strays) { _ = try report.get() }
        }
    }

    private static func flood(_ kafka: KafkaWorld, partition: Int32) async throws {
        try await withProducer(kafka) { producer in
            let large = KafkaMessage(
                topic: kafka.rig.topic.name,
                key: [],
                value: [UInt8](repeating: 120, count: 500_000),
                partition: partition
            )
            for _ in 0..<14 { _ = try await producer.send(large) }
        }
    }

    private static func withProducer(_ kafka: KafkaWorld, _ body: (KafkaProducer) async throws -> Void) async throws {
        let producer = try KafkaProducer(configuration: kafka.rig.configuration, logger: .silent)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(producer)) } catch { outcome = .failure(error) }
        await producer.close(grace: .seconds(1))
        try outcome.get()
    }
}

private struct NoOutbox: OutboxStore {
    func renewShards(owner: UUID, lease: Duration) async throws -> [Shard] { [] }
    func extendShards(owner: UUID, lease: Duration) async throws -> [Shard] { [] }
    func releaseShards(owner: UUID) async throws {}
    func waitingEvents(in shards: [Shard], limit: Int) async throws -> [OutboxEvent] { [] }
    func waitingPublications(in shards: [Shard], limit: Int) async throws -> [OutboxPublication] { [] }
    func mendings() async throws -> Int64 { 0 }
    func delete(
        published outboxIDs: [Int64],
        to topic: String,
        through ends: [Int32: Int64],
        mendings: Int64
    ) async throws {}
    func setAside(outboxID: Int64, reason: String) async throws -> Int { 0 }
    func depth() async throws -> OutboxDepth { OutboxDepth(waiting: 0, oldest: nil) }
}
