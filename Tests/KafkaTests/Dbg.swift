import Foundation
import Kafka
import Testing
@Suite(.serialized) struct Dbg {
    static func batch(_ size: Int) -> [KafkaMessage] {
        let headers = (0..<8).map { KafkaHeader(name: "ce_header\($0)", text: "value-\($0)") }
        return (0..<size).map { n in
            var text = "{"
            while text.utf8.count < 1290 {
                text += "\"status\":\"completed\",\"system\":\"https://fhir.nhs.uk/Id/\",\"n\":\(n &* text.utf8.count),"
            }
            return KafkaMessage(
                topic: "t",
                key: [UInt8]("key-\(n)"),
                value: Array(text.utf8.prefix(1300)),
                headers: headers
            )
        }
    }
    @Test func local() async throws {
        try await TestCluster.withInProcess { cluster, broker in
            try broker.createTopic("t", partitions: 12)
            try await cluster.withProducer { p in
                let b = Self.batch(5000); for _ in 0..<40 { _ = await p.send(b) }
            }
            try await cluster.withConsumer(["queued.min.messages": "1000000", "queued.max.messages.kbytes": "1000000"])
            { c in
                try await c.assign(beginnings("t", partitions: 12))
                try await Task.sleep(for: .seconds(8))
                for size in [500, 5000] {
                    let s = ContinuousClock.now
                    var n = 0
                    while n < 90_000 {
                        guard case .records(let r) = try await c.next(maximum: size, timeout: .seconds(1)) else {
                            throw Unexpected("e")
                        }; n += r.count
                    }
                    print("consume local \(size): \(Double(n) / ((ContinuousClock.now - s) / .seconds(1)))")
                }
            }
        }
    }
}
