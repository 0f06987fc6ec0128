import Foundation
import HeraldTestKit
import MESH
import Testing

/// Messages a second through the sandbox, printed only; run with `HERALD_MEASURE=1`.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["HERALD_MEASURE"] == "1", "HERALD_MEASURE is not 1")
)
struct Measurements {
    @Test(arguments: [1, 8]) func sendsAndReceives(connections: Int) async throws {
        try await MESHSandbox.withOwn(isDurable: false) { sandbox in
            let sender = sandbox.client(for: try sandbox.makeMailbox())
            let receiver = sandbox.client(for: try sandbox.makeMailbox())
            let content = sampleText(20_000)
            let count = 2000
            var start = ContinuousClock.now
            try await inParallel(connections, Array(0..<count)) { number in
                _ = try await sender.send(message(to: receiver.mailbox, content, localID: "\(number)"))
            }
            report("send 20 kB, \(connections) connections", count, .now - start)

            start = .now
            var received = 0
            while case let page = try await receiver.inbox(limit: 500).messages, !page.isEmpty {
                try await inParallel(connections, page) { id in
                    for try await _ in try await receiver.download(id).content {}
                    try await receiver.acknowledge(id)
                }
                received += page.count
            }
            report("list, download, acknowledge, \(connections) connections", received, .now - start)
        }
    }

    private func inParallel<Item: Sendable>(
        _ connections: Int,
        _ items: [Item],
        _ body: @escaping @Sendable (Item) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for start in 0..<connections {
                group.addTask {
                    for index in stride(from: start, to: items.count, by: connections) { try await body(items[index]) }
                }
            }
            try await group.waitForAll()
        }
    }

    private func report(_ what: String, _ count: Int, _ duration: Duration) {
        print("\(what): \(Int(Double(count) / (duration / .seconds(1)))) messages/s (\(count) in \(duration))")
    }
}
