import Kafka
import Testing

@Suite(.timeLimit(.minutes(1))) struct AdminTests {
    @Test func describesATopicAndSeesWhenThereIsNone() async throws {
        try await TestCluster.withEach { cluster in
            try await cluster.withTopic(partitions: 5) { topic in
                let admin = try KafkaAdmin(configuration: cluster.configuration(), logger: .silent)
                let description = try await admin.topicDescription(topic)
                #expect(description?.name == topic)
                #expect(description?.partitions == 5)
                #expect(description?.replication == 1)
                #expect(try await admin.topicDescription("none-\(topic)") == nil)
                // Looking has not made it.
                #expect(try await admin.topicDescription("none-\(topic)") == nil)
            }
        }
    }

    @Test func listsTheBrokers() async throws {
        try await TestCluster.withInProcess(brokers: 3) { cluster, broker in
            let admin = try KafkaAdmin(configuration: cluster.configuration(), logger: .silent)
            let brokers = try await admin.brokers()
            #expect(brokers.map(\.id).sorted() == [1, 2, 3])
            #expect(
                Set(brokers.map { "\($0.host):\($0.port)" })
                    == Set(cluster.bootstrapServers.split(separator: ",").map(String.init))
            )
            try broker.setLeader(of: KafkaPartition(topic: "t", number: 0), to: 3)
            try broker.setDown(3)
        }
    }

    @Test func saysThatNoBrokerAnswers() async throws {
        let configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1")
        let admin = try KafkaAdmin(configuration: configuration, logger: .silent)
        let error = await #expect(throws: KafkaError.self) { try await admin.brokers(timeout: .milliseconds(500)) }
        #expect(error?.code == .timedOut)
        #expect(error?.isRetriable == true)
        #expect(error?.message.contains("127.0.0.1:1") == true)
        let start = ContinuousClock.now
        await #expect(throws: KafkaError.self) {
            try await admin.createTopic("t", partitions: 1, timeout: .milliseconds(500))
        }
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test func theInProcessBrokerCreatesTopicsItselfOnly() async throws {
        try await TestCluster.withInProcess { cluster, broker in
            let admin = try KafkaAdmin(configuration: cluster.configuration(), logger: .silent)
            let error = await #expect(throws: KafkaError.self) {
                try await admin.createTopic("t", partitions: 1, timeout: .milliseconds(300))
            }
            #expect(error?.code == .timedOut)
            try broker.createTopic("t", partitions: 3)
            #expect(throws: KafkaError.self) { try broker.createTopic("t", partitions: 3) }
            #expect(try await admin.topicDescription("t")?.partitions == 3)
        }
    }

    @Test(.enabled(if: TestCluster.realServers != nil, "HERALD_KAFKA_BOOTSTRAP_SERVERS is not set"))
    func createsATopicOnARealBrokerOnce() async throws {
        let cluster = KafkaConfiguration(bootstrapServers: TestCluster.realServers ?? "")
        let admin = try KafkaAdmin(configuration: cluster, logger: .silent)
        let name = "test-\(UInt32.random(in: 0 ... .max))"
        let settings = ["retention.ms": "60000"]
        #expect(try await admin.createTopic(name, partitions: 3, replication: 1, settings: settings))
        #expect(try await admin.createTopic(name, partitions: 3, replication: 1) == false)
        try await admin.deleteTopic(name)
    }

    @Test func aClosedBrokerSaysSo() throws {
        let broker = try InProcessBroker()
        broker.close()
        #expect(throws: KafkaError.closed) { try broker.setDown() }
    }
}
