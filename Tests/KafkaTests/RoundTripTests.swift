import Kafka
import Testing

@Suite(.timeLimit(.minutes(2))) struct RoundTripTests {
    @Test func bringsBackKeysHeadersUnicodeAndNull() async throws {
        try await TestCluster.withEach { cluster in
            try await cluster.withTopic(partitions: 1) { topic in
                let sent = [
                    KafkaMessage(
                        topic: topic,
                        key: [0, 1, 255],
                        value: [UInt8]("Impfung für Zoë 💉"),
                        headers: [
                            KafkaHeader(name: "ce_id", text: "naïve-1"), KafkaHeader(name: "empty", value: []),
                            KafkaHeader(name: "ce_id", value: [0, 255]), KafkaHeader(name: "schlüssel", text: "Wert"),
                        ]
                    ),
                    KafkaMessage(topic: topic, key: [], value: []),
                    .tombstone(topic: topic, key: [UInt8]("gone")),
                ]
                try await cluster.withProducer { producer in
                    let acknowledgements = try await producer.send(sent).map { try $0.get() }
                    #expect(acknowledgements.map(\.offset) == [0, 1, 2])
                }
                try await cluster.withConsumer { consumer in
                    try await consumer.assign(beginnings(topic, partitions: 1))
                    let records = try await consumer.read(3)
                    #expect(records.map(\.key) == [[0, 1, 255], [], [UInt8]("gone")])
                    #expect(records.map(\.value) == [[UInt8]("Impfung für Zoë 💉"), [], nil])
                    #expect(records.map(\.headers) == sent.map(\.headers))
                    #expect(records.map(\.offset) == [0, 1, 2])
                    #expect(
                        records.map(\.source) == Array(repeating: KafkaPartition(topic: topic, number: 0), count: 3)
                    )
                    #expect(records[0].header("ce_id") == [0, 255])
                    #expect(records.allSatisfy { ($0.timestamp ?? 0) > 1_700_000_000_000 })
                    let end = try await consumer.position(of: KafkaPartition(topic: topic, number: 0))
                    #expect(end == 3)
                }
            }
        }
    }

    @Test func keepsTheOrderOfEachKeyOverTenThousandMessages() async throws {
        try await TestCluster.withEach { cluster in
            try await cluster.withTopic(partitions: 6) { topic in
                let messages = (0..<10_000).map { number in
                    KafkaMessage(topic: topic, key: [UInt8]("key-\(number % 97)"), value: [UInt8]("\(number)"))
                }
                try await cluster.withProducer { producer in
                    for start in stride(from: 0, to: messages.count, by: 500) {
                        let results = await producer.send(Array(messages[start..<start + 500]))
                        for result in results { _ = try result.get() }
                    }
                }
                try await cluster.withConsumer { consumer in
                    try await consumer.assign(beginnings(topic, partitions: 6))
                    let records = try await consumer.read(messages.count)
                    #expect(
                        ordersByKey(records.map { ($0.key, $0.value) })
                            == ordersByKey(messages.map { ($0.key, $0.value) })
                    )
                }
            }
        }
    }

    @Test func anAwaitedSendWithoutLingerTakesWellBelowTenMilliseconds() async throws {
        try await TestCluster.withInProcess { cluster, _ in
            try await cluster.withTopic(partitions: 1) { topic in
                try await cluster.withProducer(["linger.ms": "0"]) { producer in
                    let message = KafkaMessage(topic: topic, key: [1], value: [2])
                    _ = try await producer.send(message)
                    var times: [Duration] = []
                    for _ in 0..<100 {
                        let start = ContinuousClock.now
                        _ = try await producer.send(message)
                        times.append(.now - start)
                    }
                    // The median: this machine may be busy with something else.
                    #expect(times.sorted()[50] < .milliseconds(10))
                }
            }
        }
    }

    /// Hashes of Apache Kafka's own tests of `Utils.murmur2`; its partition is the hash without sign, modulo the count.
    @Test(arguments: [
        ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829), ("abc", 479_470_107),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
    ])
    func putsAKeyIntoThePartitionOfJavaClients(key: String, hash: Int) async throws {
        try await TestCluster.withInProcess { cluster, _ in
            try await cluster.withTopic(partitions: 24) { topic in
                try await cluster.withProducer { producer in
                    let message = KafkaMessage(topic: topic, key: [UInt8](key), value: [])
                    let acknowledgement = try await producer.send(message)
                    #expect(Int(acknowledgement.partition) == (hash & 0x7fff_ffff) % 24)
                }
            }
        }
    }

    @Test func honoursAFixedPartition() async throws {
        try await TestCluster.withInProcess { cluster, _ in
            try await cluster.withTopic(partitions: 8) { topic in
                try await cluster.withProducer { producer in
                    for partition in [Int32(7), 0, 3] {
                        let message = KafkaMessage(topic: topic, key: [1], value: [], partition: partition)
                        let acknowledgement = try await producer.send(message)
                        #expect(acknowledgement.partition == partition)
                    }
                }
            }
        }
    }

    private func ordersByKey(_ pairs: [([UInt8]?, [UInt8]?)]) -> [[UInt8]?: [[UInt8]?]] {
        Dictionary(grouping: pairs, by: \.0).mapValues { $0.map(\.1) }
    }
}
