import Foundation
import Kafka
import Testing

/// Rates, printed only; run a release build with `HERALD_MEASURE=1`.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["HERALD_MEASURE"] == "1", "HERALD_MEASURE is not 1")
)
struct Measurements {
    /// 1.3 KB that compresses about as JSON does: words in changing order.
    private func value(_ number: Int) -> [UInt8] {
        let words = [
            "\"resourceType\":\"Immunization\",", "\"status\":\"completed\",",
            "\"system\":\"https://fhir.nhs.uk/Id/\",",
        ]
        var text = "{\"id\":\"\(number)\","
        while text.utf8.count < 1290 {
            text += words[(text.utf8.count * 7 + number) % 3] + "\"n\":\(number &* text.utf8.count),"
        }
        return Array(text.utf8.prefix(1300))
    }

    @Test(arguments: [500, 5000], ["lz4", "none"])
    func producesBatches(of size: Int, compression: String) async throws {
        try await TestCluster.withInProcess { cluster, broker in
            try broker.createTopic("t", partitions: 12)
            let headers = (0..<8).map { KafkaHeader(name: "ce_header\($0)", text: "value-\($0)") }
            let batch = (0..<size).map {
                KafkaMessage(topic: "t", key: [UInt8]("key-\($0)"), value: value($0), headers: headers)
            }
            try await cluster.withProducer(["compression.type": compression]) { producer in
                _ = await producer.send(batch)
                let rounds = 300_000 / size
                let start = ContinuousClock.now
                for _ in 0..<rounds {
                    for result in await producer.send(batch) { _ = try result.get() }
                }
                report("produce, batches of \(size), \(compression)", rounds * size, .now - start)
            }
            try await cluster.withProducer(["compression.type": compression]) { producer in
                let rounds = 300_000 / size / 4
                let start = ContinuousClock.now
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            for _ in 0..<rounds {
                                for result in await producer.send(batch) { _ = try result.get() }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                report("produce, 4 at once, batches of \(size), \(compression)", rounds * size * 4, .now - start)
            }
        }
    }

    @Test func consumes() async throws {
        try await TestCluster.withInProcess { cluster, broker in
            try broker.createTopic("t", partitions: 12)
            let headers = (0..<8).map { KafkaHeader(name: "ce_header\($0)", text: "value-\($0)") }
            let batch = (0..<5000).map {
                KafkaMessage(topic: "t", key: [UInt8]("key-\($0)"), value: value($0), headers: headers)
            }
            let total = 100_000
            try await cluster.withProducer { producer in
                for _ in 0..<(total / batch.count) { _ = await producer.send(batch) }
            }
            for maximum in [500, 5000] {
                try await cluster.withConsumer { consumer in
                    try await consumer.assign(beginnings("t", partitions: 12))
                    _ = try await consumer.read(1000)
                    let start = ContinuousClock.now
                    var count = 0
                    while count < total - 1000 {
                        guard
                            case .records(let records) = try await consumer.next(maximum: maximum, timeout: .seconds(1))
                        else { return }
                        count += records.count
                    }
                    report("consume, at most \(maximum), 8 headers", count, .now - start)
                }
            }
        }
    }

    @Test func awaitsOne() async throws {
        try await TestCluster.withInProcess { cluster, broker in
            try broker.createTopic("t", partitions: 12)
            for linger in ["0", "5"] {
                try await cluster.withProducer(["linger.ms": linger]) { producer in
                    var times: [Duration] = []
                    for number in 0..<1000 {
                        let start = ContinuousClock.now
                        _ = try await producer.send(KafkaMessage(topic: "t", key: [1], value: value(number)))
                        times.append(.now - start)
                    }
                    times.sort()
                    print("send, linger \(linger) ms: median \(times[500]), p99 \(times[990])")
                }
            }
        }
    }

    private func report(_ what: String, _ count: Int, _ time: Duration) {
        print("\(what): \(Int(Double(count) / (time / .seconds(1)))) messages/s")
    }
}
