import Kafka
import Testing

@Suite(.timeLimit(.minutes(1))) struct ProducerCloseTests {
    private func messages(_ count: Int) -> [KafkaMessage] {
        (0..<count).map { KafkaMessage(topic: "t", key: [UInt8]("k"), value: [UInt8]("\($0)"), partition: 0) }
    }

    @Test func deliversWhatWasHandedOverBeforeItCloses() async throws {
        try await TestCluster.withInProcess { cluster, broker in
            try broker.createTopic("t", partitions: 1)
            let producer = try KafkaProducer(
                configuration: cluster.configuration(["reconnect.backoff.max.ms": "200"]),
                logger: .silent
            )
            _ = try await producer.send(messages(1)[0])
            try broker.setDown()
            async let results = producer.send(messages(500))
            while producer.outstandingCount < 500 { await Task.yield() }
            try broker.setUp()
            await producer.close(grace: .seconds(30))
            #expect(try await results.map { try $0.get().offset } == Array(1...500))
            #expect(producer.outstandingCount == 0)
        }
    }

    @Test func answersEverySendThatWaitsForADeadBroker() async throws {
        try await TestCluster.withInProcess { cluster, broker in
            try broker.createTopic("t", partitions: 1)
            let producer = try KafkaProducer(
                configuration: cluster.configuration(["queue.buffering.max.messages": "100"]),
                logger: .silent
            )
            _ = try await producer.send(messages(1)[0])
            try broker.setDown()
            // 100 of these are queued, the others wait for room.
            async let results = producer.send(messages(300))
            while producer.outstandingCount < 100 { await Task.yield() }
            let start = ContinuousClock.now
            await producer.close(grace: .milliseconds(200))
            let errors = await results.compactMap(\.failure)
            #expect(ContinuousClock.now - start < .seconds(10))
            #expect(errors.count == 300)
            #expect(errors.allSatisfy { [.purgedInQueue, .purgedInFlight, .destroyed].contains($0.code) })
            #expect(errors.filter { $0 == .closed }.count >= 200)
        }
    }

    @Test func answersSendsThatAreInFlightToASlowBroker() async throws {
        try await TestCluster.withInProcess { cluster, broker in
            try broker.createTopic("t", partitions: 1)
            let producer = try KafkaProducer(configuration: cluster.configuration(), logger: .silent)
            _ = try await producer.send(messages(1)[0])
            try broker.setRoundTrip(nil, .seconds(20))
            async let results = producer.send(messages(10))
            try await Task.sleep(for: .milliseconds(500))  // past linger: the request is on its way
            let start = ContinuousClock.now
            await producer.close(grace: .milliseconds(100))
            for error in await results.map(\.failure) {
                guard case .undelivered(let failure, .possiblyPersisted) = error else {
                    Issue.record("answered with \(String(describing: error))")
                    continue
                }
                #expect(failure.code == .purgedInFlight)
            }
            #expect(ContinuousClock.now - start < .seconds(10))
        }
    }

    @Test func refusesSendsAfterwards() async throws {
        try await TestCluster.withInProcess { cluster, _ in
            let producer = try KafkaProducer(configuration: cluster.configuration(), logger: .silent)
            await producer.close(grace: .zero)
            await producer.close(grace: .zero)
            await #expect(throws: KafkaError.closed) { try await producer.send(messages(1)[0]) }
            let refused = await producer.send(messages(2))
            #expect(refused.compactMap(\.failure) == [.closed, .closed])
            #expect(await producer.send([]).isEmpty)
        }
    }

    @Test func isFreedWithoutBeingClosed() async throws {
        try await TestCluster.withInProcess { cluster, _ in
            weak var gone: KafkaProducer?
            do {
                let producer = try KafkaProducer(configuration: cluster.configuration(), logger: .silent)
                _ = try await producer.send(messages(1)[0])
                gone = producer
            }
            // Its queue may still be at its last report.
            while gone != nil { await Task.yield() }
        }
    }
}
