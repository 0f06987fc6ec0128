import Kafka
import Testing

@Suite(.timeLimit(.minutes(2))) struct ProducerFaultTests {
    private func messages(_ count: Int, to topic: String) -> [KafkaMessage] {
        (0..<count).map { KafkaMessage(topic: topic, key: [UInt8]("k"), value: [UInt8]("\($0)"), partition: 0) }
    }

    private func values(_ topic: String, of cluster: TestCluster) async throws -> [String] {
        var values: [String] = []
        try await cluster.withConsumer { consumer in
            let (low, high) = try await consumer.watermarks(of: KafkaPartition(topic: topic, number: 0))
            try await consumer.assign(beginnings(topic, partitions: 1))
            values = try await consumer.read(Int(high - low)).map { String(decoding: $0.value ?? [], as: UTF8.self) }
        }
        return values
    }

    @Test func deliversInOrderAndOnceAcrossABrokerThatIsDown() async throws {
        try await TestCluster.withInProcess { cluster, broker in
            try await cluster.withTopic(partitions: 1) { topic in
                try await cluster.withProducer(["reconnect.backoff.max.ms": "200"]) { producer in
                    let messages = messages(2000, to: topic)
                    _ = try await producer.send(KafkaMessage(topic: topic, key: [], value: [UInt8]("-1"), partition: 0))
                    async let first = producer.send(Array(messages[..<1000]))
                    try broker.setDown()
                    async let second = producer.send(Array(messages[1000...]))
                    try await Task.sleep(for: .milliseconds(300))
                    #expect(producer.outstandingCount >= 1000)
                    try broker.setUp()
                    let results = await first + second
                    #expect(try results.map { try $0.get().offset }.sorted() == Array(1...2000))
                }
                // Two concurrent batches: each keeps its order.
                let values = try await values(topic, of: cluster).compactMap(Int.init)
                #expect(values.filter { $0 < 1000 } == Array(-1..<1000))
                #expect(values.filter { $0 >= 1000 } == Array(1000..<2000))
            }
        }
    }

    @Test(arguments: [
        [KafkaErrorCode.notLeaderForPartition], [.requestTimedOut, .requestTimedOut], [.transport],
        [.notEnoughReplicas, .leaderNotAvailable],
    ])
    func retriesRetriableErrorsUnseen(codes: [KafkaErrorCode]) async throws {
        try await TestCluster.withInProcess { cluster, broker in
            try await cluster.withTopic(partitions: 1) { topic in
                try await cluster.withProducer(["retry.backoff.ms": "50"]) { producer in
                    let messages = messages(200, to: topic)
                    _ = try await producer.send(messages[0])
                    try broker.pushRequestErrors(.produce, codes)
                    for result in await producer.send(Array(messages[1...])) { _ = try result.get() }
                    #expect(producer.fatalError == nil)
                }
                #expect(try await values(topic, of: cluster) == (0..<200).map(String.init))
            }
        }
    }

    @Test func aGapInTheSequenceIsFatalAndFailsEverySend() async throws {
        try await TestCluster.withInProcess { cluster, broker in
            try await cluster.withTopic(partitions: 1) { topic in
                try await cluster.withProducer { producer in
                    _ = try await producer.send(messages(1, to: topic)[0])
                    try broker.pushRequestErrors(.produce, [.outOfOrderSequence])
                    let errors = await producer.send(messages(50, to: topic)).compactMap(\.failure)
                    #expect(errors.count == 50)
                    #expect(errors.allSatisfy { $0.isFatal && !$0.isRetriable })
                    #expect(producer.fatalError?.code == .outOfOrderSequence)
                    let later = await producer.send(messages(3, to: topic)).compactMap(\.failure)
                    #expect(later.count == 3)
                    #expect(later.allSatisfy { $0.isFatal && $0.code == .outOfOrderSequence })
                }
                try await cluster.withProducer { producer in
                    _ = try await producer.send(messages(1, to: topic)[0])
                    #expect(producer.fatalError == nil)
                }
            }
        }
    }

    @Test func aBatchTooLargeForTheBrokerFailsForGood() async throws {
        try await TestCluster.withInProcess { cluster, broker in
            try await cluster.withTopic(partitions: 1) { topic in
                try await cluster.withProducer { producer in
                    try broker.pushRequestErrors(.produce, [.messageTooLarge])
                    let error = await producer.send(messages(1, to: topic))[0].failure
                    #expect(error?.code == .messageTooLarge)
                    #expect(error?.isRetriable == false)
                }
            }
        }
    }

    @Test func aMessageTooLargeForTheClientFailsAloneAndAtOnce() async throws {
        try await TestCluster.withInProcess { cluster, _ in
            try await cluster.withTopic(partitions: 1) { topic in
                try await cluster.withProducer(["message.max.bytes": "1000"]) { producer in
                    var batch = messages(3, to: topic)
                    batch[1].value = [UInt8](repeating: 7, count: 2000)
                    batch[1].headers = [KafkaHeader(name: "h", text: "freed on refusal")]
                    let results = await producer.send(batch)
                    #expect(results.map { $0.failure?.code } == [nil, .messageTooLarge, nil])
                }
            }
        }
    }

    @Test func reportsAMessageThatTimedOut() async throws {
        try await TestCluster.withInProcess { cluster, broker in
            try await cluster.withTopic(partitions: 1) { topic in
                try await cluster.withProducer(["message.timeout.ms": "3000"]) { producer in
                    _ = try await producer.send(messages(1, to: topic)[0])
                    try broker.setDown()
                    let error = await #expect(throws: KafkaError.self) {
                        try await producer.send(messages(1, to: topic)[0])
                    }
                    #expect(error?.code == .messageTimedOut)
                    #expect(error?.isRetriable == true)
                    guard case .undelivered = error else { throw Unexpected("not a delivery error") }
                }
            }
        }
    }

    @Test func waitsForRoomInAFullQueueAndKeepsTheOrder() async throws {
        try await TestCluster.withInProcess { cluster, _ in
            try await cluster.withTopic(partitions: 1) { topic in
                try await cluster.withProducer(["queue.buffering.max.messages": "10"]) { producer in
                    let results = await producer.send(messages(1000, to: topic))
                    let offsets = try results.map { try $0.get().offset }
                    #expect(offsets == Array(0..<1000))
                }
                #expect(try await values(topic, of: cluster) == (0..<1000).map(String.init))
            }
        }
    }

    /// The client's first complaints come while its initialiser is still running, and must not silence its bell.
    @Test func answersThoughNoBrokerWasEverThere() async throws {
        let configuration = KafkaConfiguration(
            bootstrapServers: "127.0.0.1:1",
            settings: ["message.timeout.ms": "200"]
        )
        try await withThrowingTaskGroup(of: KafkaErrorCode?.self) { group in
            for _ in 0..<60 {
                group.addTask {
                    let producer = try KafkaProducer(configuration: configuration, logger: .silent)
                    let result = await producer.send([KafkaMessage(topic: "t", key: [], value: [])])[0]
                    await producer.close(grace: .zero)
                    return result.failure?.code
                }
            }
            for try await code in group { #expect(code == .messageTimedOut) }
        }
    }

    @Test func anUnknownPartitionIsRefused() async throws {
        try await TestCluster.withInProcess { cluster, _ in
            try await cluster.withTopic(partitions: 1) { topic in
                try await cluster.withProducer { producer in
                    _ = try await producer.send(messages(1, to: topic)[0])
                    let message = KafkaMessage(topic: topic, key: [], value: [], partition: 9)
                    let error = await #expect(throws: KafkaError.self) { try await producer.send(message) }
                    #expect(error?.code == .unknownPartition)
                }
            }
        }
    }
}

extension Result {
    var failure: Failure? {
        guard case .failure(let error) = self else { return nil }
        return error
    }
}
