import EventStream
import HeraldTestKit
import Kafka
import Postgres
import Store
import Testing

/// What other producers do to the topic in transactions (`delivery.md` §15, §16: `read_committed`).
@Suite(.herald, .timeLimit(.minutes(3))) struct TransactionTests {
    /// Only Apache Kafka hides them: the brokers that tests can start show them to everybody (`engineering-notes.md` §3).
    @Test(.enabled(if: KafkaRig.realServers != nil, "HERALD_KAFKA_BOOTSTRAP_SERVERS is not set"))
    func whatATransactionAbortedIsNotReadAndHoldsNothingUp() async throws {
        let servers = try #require(KafkaRig.realServers)
        try await ScratchDatabase.withStore { store, pool in
            try await store.create(.sample())
            try await KafkaRig.with(realServers: servers) { rig in
                try await strangersSend(.abort, rig, pool, store)
                #expect(try await pool.count("SELECT count(*) FROM event_dead") == 0)
            }
        }
    }

    /// The counterpart, so that the test above can fail: what was committed is read, and set aside because nobody can use it.
    @Test func whatATransactionCommittedIsRead() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await store.create(.sample())
            let broker = try InProcessBroker()
            defer { broker.close() }
            let rig = try KafkaRig(broker)
            try await strangersSend(.commit, rig, pool, store)
            #expect(try await pool.count("SELECT count(*) FROM event_dead") == 5 * rig.topic.partitions)
        }
    }

    /// Has a stranger send what is no event to each partition, between events of our own.
    private func strangersSend(
        _ ending: TransactionalProducer.Ending,
        _ rig: KafkaRig,
        _ pool: PostgresPool,
        _ store: PostgresStore
    ) async throws {
        let audit = RoutingAudit(pool)
        let stranger = try await TransactionalProducer(rig.configuration.bootstrapServers, id: rig.topic.name)
        try await running([rig.relay(store), rig.router(store)]) {
            for round in 0..<3 {
                try await ChangeWriter(pool).write(records: round * 40..<round * 40 + 40, changesEach: 2)
                try await audit.waitUntilRouted()
                guard round < 2 else { continue }
                for partition in 0..<Int32(rig.topic.partitions) {
                    let garbage = round == 0 ? ["a", "b"] : ["c", "d", "e"]
                    try await stranger.send(garbage, to: rig.topic.name, partition: partition, then: ending)
                }
            }
        }
        try await audit.check()
    }
}
