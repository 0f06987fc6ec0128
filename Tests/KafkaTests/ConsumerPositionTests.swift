import Kafka
import Testing

@Suite(.timeLimit(.minutes(2))) struct ConsumerPositionTests {
    private func fill(_ topic: String, _ count: Int, on cluster: TestCluster) async throws {
        try await cluster.withProducer { producer in
            let messages = (0..<count).map {
                KafkaMessage(topic: topic, key: [], value: [UInt8]("\($0)"), partition: 0)
            }
            for result in await producer.send(messages) { _ = try result.get() }
        }
    }

    private func first(of topic: String) -> KafkaPartition { KafkaPartition(topic: topic, number: 0) }

    @Test func startsWhereItIsTold() async throws {
        try await TestCluster.withEach { cluster in
            try await cluster.withTopic(partitions: 1) { topic in
                try await fill(topic, 100, on: cluster)
                try await cluster.withConsumer { consumer in
                    try await consumer.assign([KafkaPosition(partition: first(of: topic), offset: 60)])
                    #expect(try await consumer.read(40).map(\.offset) == Array(60..<100))
                    try await consumer.assign([KafkaPosition(partition: first(of: topic), offset: .end)])
                    #expect(try await consumer.next(maximum: 1, timeout: .milliseconds(300)) == .records([]))
                    try await consumer.unassign()
                    #expect(try await consumer.next(maximum: 1, timeout: .milliseconds(100)) == .records([]))
                }
            }
        }
    }

    @Test func returnsAtMostWhatIsAskedFor() async throws {
        try await TestCluster.withInProcess { cluster, _ in
            try await cluster.withTopic(partitions: 1) { topic in
                try await fill(topic, 100, on: cluster)
                try await cluster.withConsumer { consumer in
                    try await consumer.assign(beginnings(topic, partitions: 1))
                    var offsets: [Int64] = []
                    while offsets.count < 100 {
                        guard case .records(let records) = try await consumer.next(maximum: 7, timeout: .seconds(1))
                        else { throw Unexpected("not records") }
                        #expect(records.count <= 7)
                        offsets += records.map(\.offset)
                    }
                    #expect(offsets == Array(0..<100))
                }
            }
        }
    }

    @Test func seeksPausesAndResumesWithoutLossOrDouble() async throws {
        try await TestCluster.withEach { cluster in
            try await cluster.withTopic(partitions: 1) { topic in
                let partition = first(of: topic)
                try await fill(topic, 200, on: cluster)
                try await cluster.withConsumer { consumer in
                    try await consumer.assign(beginnings(topic, partitions: 1))
                    #expect(try await consumer.read(50).map(\.offset) == Array(0..<50))
                    try await consumer.pause([partition])
                    #expect(try await consumer.next(maximum: 10, timeout: .milliseconds(300)) == .records([]))
                    #expect(try await consumer.position(of: partition) == 50)
                    try await consumer.resume([partition])
                    #expect(try await consumer.read(50).map(\.offset) == Array(50..<100))
                    try await consumer.seek([KafkaPosition(partition: partition, offset: 20)])
                    #expect(try await consumer.read(180).map(\.offset) == Array(20..<200))
                    let (low, high) = try await consumer.watermarks(of: partition)
                    #expect(low == 0)
                    #expect(high == 200)
                    #expect(try await consumer.lastKnownEnd(of: partition) == 200)
                }
            }
        }
    }

    @Test(arguments: [Int64(500), 1_000_000])
    func reportsAPositionOutsideTheLogAndGoesOnAfterSeek(offset: Int64) async throws {
        try await TestCluster.withEach { cluster in
            try await cluster.withTopic(partitions: 1) { topic in
                let partition = first(of: topic)
                try await fill(topic, 10, on: cluster)
                try await cluster.withConsumer { consumer in
                    try await consumer.assign([KafkaPosition(partition: partition, offset: offset)])
                    let event = try await consumer.nextChange()
                    guard case .positionLost(partition, let error) = event else { throw Unexpected("\(event)") }
                    #expect(error.code == .autoOffsetReset)
                    #expect(!error.isFatal)
                    #expect(try await consumer.next(maximum: 10, timeout: .milliseconds(300)) == .records([]))
                    try await consumer.seek([KafkaPosition(partition: partition, offset: .beginning)])
                    #expect(try await consumer.read(10).map(\.offset) == Array(0..<10))
                }
            }
        }
    }

    @Test func aLogThatWasTrimmedIsNotSkippedInSilence() async throws {
        try await TestCluster.withInProcess { cluster, _ in
            try await cluster.withTopic(partitions: 1) { topic in
                let partition = first(of: topic)
                // 8 MB, of which the in-process broker keeps 5.
                try await cluster.withProducer(["compression.type": "none"]) { producer in
                    let message = KafkaMessage(
                        topic: topic,
                        key: [],
                        value: [UInt8](repeating: 65, count: 8192),
                        partition: 0
                    )
                    for _ in 0..<10 { _ = await producer.send(Array(repeating: message, count: 100)) }
                }
                try await cluster.withConsumer { consumer in
                    let (low, high) = try await consumer.watermarks(of: partition)
                    #expect(low > 0)
                    try await consumer.assign([KafkaPosition(partition: partition, offset: 0)])
                    guard case .positionLost(partition, _) = try await consumer.nextChange() else {
                        throw Unexpected("the position was not lost")
                    }
                    try await consumer.assign([KafkaPosition(partition: partition, offset: low)])
                    #expect(try await consumer.read(Int(high - low)).first?.offset == low)
                }
            }
        }
    }

    @Test func aCommitIsReadByALaterConsumer() async throws {
        try await TestCluster.withEach { cluster in
            try await cluster.withTopic(partitions: 2) { topic in
                let group = "group-\(topic)"
                let partition = first(of: topic)
                try await cluster.withConsumer(group: group) { consumer in
                    try await consumer.commit([KafkaPosition(partition: partition, offset: 42)])
                    try await consumer.commit([KafkaPosition(partition: partition, offset: 43)])
                    try await consumer.commit([])
                }
                try await cluster.withConsumer(group: group) { consumer in
                    let other = KafkaPartition(topic: topic, number: 1)
                    let committed = try await consumer.committed([partition, other])
                    #expect(committed == [partition: 43])
                }
            }
        }
    }

    @Test func aRefusedCommitOfALostGenerationIsIgnoredAndOthersAreNot() async throws {
        try await TestCluster.withInProcess { cluster, broker in
            try await cluster.withTopic(partitions: 1) { topic in
                let position = KafkaPosition(partition: first(of: topic), offset: 1)
                try await cluster.withConsumer(group: "g") { consumer in
                    try await consumer.commit([position])
                    for code in [KafkaErrorCode.illegalGeneration, .unknownMember] {
                        try broker.pushRequestErrors(.offsetCommit, [code])
                        try await consumer.commit([position])
                    }
                    try broker.pushRequestErrors(.offsetCommit, [.invalidCommitSize])
                    let error = await #expect(throws: KafkaError.self) { try await consumer.commit([position]) }
                    #expect(error?.code == .invalidCommitSize)
                    let end = KafkaPosition(partition: first(of: topic), offset: .end)
                    await #expect(throws: KafkaError.self) { try await consumer.commit([end]) }
                }
            }
        }
    }

    @Test func aCommitThatIsNotAnsweredTimesOut() async throws {
        try await TestCluster.withInProcess { cluster, broker in
            let position = KafkaPosition(partition: KafkaPartition(topic: "t", number: 0), offset: 1)
            try broker.createTopic("t", partitions: 1)
            try await cluster.withConsumer(group: "g") { consumer in
                try await consumer.commit([position])
                try broker.setRoundTrip(nil, .seconds(2))
                let error = await #expect(throws: KafkaError.self) {
                    try await consumer.commit([position], timeout: .milliseconds(200))
                }
                #expect(error?.code == .timedOut)
                #expect(error?.isRetriable == true)
                try broker.setRoundTrip(nil, .zero)
                // The late answer is not taken for this commit's.
                try await consumer.commit([KafkaPosition(partition: position.partition, offset: 2)])
                let committed = try await consumer.committed([position.partition])
                #expect(committed == [position.partition: 2])
            }
        }
    }

    @Test func closeAndCancellationEndAWaitingCall() async throws {
        try await TestCluster.withInProcess { cluster, _ in
            let consumer = try KafkaConsumer(configuration: cluster.configuration(), group: nil, logger: .silent)
            let start = ContinuousClock.now
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await consumer.next(maximum: 1, timeout: .seconds(50)) }
                try? await Task.sleep(for: .milliseconds(50))
                group.cancelAll()
            }
            async let waiting = consumer.next(maximum: 1, timeout: .seconds(50))
            try await Task.sleep(for: .milliseconds(50))
            await consumer.close()
            #expect(try await waiting == .records([]))
            #expect(ContinuousClock.now - start < .seconds(20))
            await consumer.close()
            await #expect(throws: KafkaError.closed) { try await consumer.next(maximum: 1, timeout: .zero) }
            await #expect(throws: KafkaError.closed) { try await consumer.assign([]) }
        }
    }
}

extension KafkaErrorCode {
    static let invalidCommitSize = KafkaErrorCode(rawValue: 28)
}
