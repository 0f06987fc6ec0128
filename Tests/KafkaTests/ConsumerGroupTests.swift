import Kafka
import Testing

@Suite(.timeLimit(.minutes(3))) struct ConsumerGroupTests {
    @Test func membersShareThePartitionsAndTakeOverWithoutLossOrDouble() async throws {
        try await TestCluster.withEach { cluster in
            try await cluster.withTopic(partitions: 6) { topic in
                let ledger = WorkLedger()
                let first = try member(of: cluster, topic)
                let second = try member(of: cluster, topic)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await work(first, "first", topic, ledger) }
                    group.addTask { try await work(second, "second", topic, ledger) }
                    try await cluster.withProducer { producer in
                        // While partitions move, messages keep coming.
                        try await produce(0..<300, to: topic, by: producer)
                        await ledger.wait {
                            $0.owners.count == 6 && Set($0.owners.values).count == 2 && $0.count == 300
                        }
                        try await produce(300..<600, to: topic, by: producer)
                        await second.close()
                        try await produce(600..<900, to: topic, by: producer)
                        await ledger.wait {
                            Set($0.owners.values) == ["first"] && $0.owners.count == 6 && $0.count == 900
                        }
                    }
                    await first.close()
                    try await group.waitForAll()
                }
                let offsets = await ledger.state.offsets
                #expect(offsets.values.map(\.count).reduce(0, +) == 900)
                for (_, offsets) in offsets { #expect(offsets == Array(0..<Int64(offsets.count))) }
            }
        }
    }

    @Test func anUnansweredRebalanceHandsOutNothingMore() async throws {
        try await TestCluster.withInProcess { cluster, _ in
            try await cluster.withTopic(partitions: 2) { topic in
                try await cluster.withProducer { try await produce(0..<100, to: topic, by: $0) }
                try await cluster.withConsumer(group: "g") { consumer in
                    try await consumer.subscribe(to: [topic])
                    let expected = (0..<2).map { KafkaPartition(topic: topic, number: $0) }
                    #expect(try await consumer.nextChange() == .assigned(expected))
                    await #expect(throws: KafkaError.rebalanceUnanswered) {
                        try await consumer.next(maximum: 1, timeout: .zero)
                    }
                    try await consumer.assign(beginnings(topic, partitions: 2))
                    #expect(try await consumer.read(10).count == 10)
                    // A second member makes the first lose a partition, records of which are fetched already.
                    try await cluster.withConsumer(group: "g") { other in
                        try await other.subscribe(to: [topic])
                        async let joined = other.nextChange()
                        guard case .revoked(let lost, lost: false) = try await consumer.nextChange() else {
                            throw Unexpected("not revoked")
                        }
                        #expect(Set(lost) == Set(expected))
                        await #expect(throws: KafkaError.rebalanceUnanswered) {
                            try await consumer.assign(beginnings(topic, partitions: 2))
                        }
                        await #expect(throws: KafkaError.rebalanceUnanswered) {
                            try await consumer.next(maximum: 1, timeout: .zero)
                        }
                        try await consumer.unassign()
                        guard case .assigned(let kept) = try await consumer.next(maximum: 100, timeout: .seconds(20))
                        else { throw Unexpected("records after a revocation") }
                        #expect(kept.count == 1)
                        try await consumer.assign(kept.map { KafkaPosition(partition: $0, offset: .beginning) })
                        let records = try await consumer.read(20)
                        #expect(records.allSatisfy { kept.contains($0.source) })
                        guard case .assigned(let given) = try await joined else { throw Unexpected("not assigned") }
                        #expect(Set(given + kept) == Set(expected))
                    }
                }
            }
        }
    }

    @Test func aMemberThatIsNotPolledLosesItsPartitionsAndLearnsOfIt() async throws {
        try await TestCluster.withInProcess { cluster, _ in
            try await cluster.withTopic(partitions: 1) { topic in
                let settings = ["session.timeout.ms": "6000", "max.poll.interval.ms": "6000"]
                try await cluster.withConsumer(group: "g", settings) { consumer in
                    try await consumer.subscribe(to: [topic])
                    guard case .assigned = try await consumer.nextChange() else { throw Unexpected("not assigned") }
                    try await consumer.assign(beginnings(topic, partitions: 1))
                    // Idle, but polled: stays a member for longer than the interval.
                    for _ in 0..<7 {
                        #expect(try await consumer.next(maximum: 1, timeout: .seconds(1)) == .records([]))
                    }
                    try await Task.sleep(for: .seconds(7.5))
                    let partition = KafkaPartition(topic: topic, number: 0)
                    #expect(try await consumer.nextChange() == .revoked([partition], lost: true))
                    try await consumer.unassign()
                    guard case .assigned = try await consumer.nextChange() else { throw Unexpected("not assigned") }
                }
            }
        }
    }

    @Test func aMissingTopicIsAnErrorThatCanBeRetried() async throws {
        try await TestCluster.withInProcess { cluster, broker in
            try broker.setTopicError("not-there", .unknownTopicOrPartition)
            try await cluster.withConsumer(group: "g", ["topic.metadata.refresh.interval.ms": "500"]) { consumer in
                try await consumer.subscribe(to: ["not-there"])
                let error = await #expect(throws: KafkaError.self) { try await consumer.nextChange() }
                #expect(error?.code == .unknownTopicOrPartition)
                #expect(error?.isRetriable == true)
                #expect(error?.message.contains("not-there") == true)
                try broker.setTopicError("not-there", .none)
                guard case .assigned = try await consumer.nextChange() else { throw Unexpected("not assigned") }
            }
        }
    }

    @Test func aConsumerWithoutAGroupCannotSubscribeOrCommit() async throws {
        try await TestCluster.withInProcess { cluster, _ in
            try await cluster.withConsumer { consumer in
                await #expect(throws: KafkaError.self) { try await consumer.subscribe(to: ["t"]) }
                let position = KafkaPosition(partition: KafkaPartition(topic: "t", number: 0), offset: 1)
                await #expect(throws: KafkaError.self) { try await consumer.commit([position]) }
            }
        }
    }

    private func member(of cluster: TestCluster, _ topic: String) throws -> KafkaConsumer {
        try KafkaConsumer(configuration: cluster.configuration(), group: "group-\(topic)", logger: .silent)
    }

    /// What a router does: positions are kept with the work, never at the broker.
    private func work(_ consumer: KafkaConsumer, _ name: String, _ topic: String, _ ledger: WorkLedger) async throws {
        try await consumer.subscribe(to: [topic])
        do {
            while true {
                try Task.checkCancellation()
                switch try await consumer.next(maximum: 20, timeout: .milliseconds(500)) {
                case .records(let records):
                    await ledger.add(records)
                case .assigned(let partitions):
                    try await consumer.assign(await ledger.claim(partitions, for: name))
                case .revoked(let partitions, _):
                    await ledger.giveUp(partitions, of: name)
                    try await consumer.unassign()
                case .positionLost(_, let error):
                    throw error
                }
            }
        } catch KafkaError.closed {
            await ledger.giveUpAll(of: name)
        }
    }

    private func produce(_ numbers: Range<Int>, to topic: String, by producer: KafkaProducer) async throws {
        let messages = numbers.map { KafkaMessage(topic: topic, key: [UInt8]("key-\($0)"), value: [UInt8]("\($0)")) }
        for result in await producer.send(messages) { _ = try result.get() }
    }
}
