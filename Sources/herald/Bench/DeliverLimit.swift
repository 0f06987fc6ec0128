import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// The limit of a delivery: a bare client that posts the same bytes to the same endpoint, with nothing to read or write
/// down.
struct DeliverLimit: Sendable {
    let url: String
    let connections: Int
    let bodies: [ByteBuffer]

    /// Posts so many, over so many connections with one request at a time each.
    ///
    /// - Parameter posts: How many.
    /// - Returns: Posts a second.
    /// - Throws: ``CommandFailure`` where an answer was not 202.
    func measure(posts: Int) async throws -> Double {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        defer { client.shutdown { _ in } }
        let left = Tickets(posts)
        let elapsed = try await ContinuousClock().measure {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<connections {
                    group.addTask {
                        while let number = left.take() {
                            var request = HTTPClientRequest(url: url)
                            request.method = .POST
                            request.headers.add(name: "Content-Type", value: "application/fhir+json")
                            request.body = .bytes(bodies[number % bodies.count])
                            let response = try await client.execute(request, timeout: .seconds(30))
                            for try await _ in response.body {}
                            guard response.status == .accepted else {
                                throw CommandFailure("the endpoint of the benchmark answered \(response.status.code)")
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        return Double(posts) / (elapsed / .seconds(1))
    }
}

/// Numbers to hand out, each once.
private final class Tickets: Sendable {
    private let left: Mutex<Int>

    init(_ count: Int) { left = Mutex(count) }

    func take() -> Int? {
        left.withLock { left in
            guard left > 0 else { return nil }
            left -= 1
            return left
        }
    }
}
