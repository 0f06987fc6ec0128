import NIOCore
import NIOPosix

/// So many connections to a listener of this machine, each with one request after the other.
struct HTTPLoad: Sendable {
    let port: Int
    let connections: Int
    /// Measured; a fifth of it goes before, unmeasured.
    let seconds: Int

    /// The figures of one load.
    struct Figures: Encodable {
        let requestsPerSecond: Int
        let p50Microseconds: Int
        let p99Microseconds: Int
    }

    /// Runs the load.
    ///
    /// - Parameter makeRequest: Makes a request, head and all.
    /// - Returns: Its figures.
    /// - Throws: ``CommandFailure`` where an answer was not 200.
    func run(_ makeRequest: @escaping @Sendable (inout SampleRandom) -> String) async throws -> Figures {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let start = NIODeadline.now() + .milliseconds(Int64(seconds) * 200)
        let measured = start..<(start + .seconds(Int64(seconds)))
        var outcomes: [EventLoopFuture<LoadConnection.Outcome>] = []
        for number in 0..<connections {
            let promise = group.next().makePromise(of: LoadConnection.Outcome.self)
            outcomes.append(promise.futureResult)
            _ = try await ClientBootstrap(group: group)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            LoadConnection(
                                seed: UInt64(number + 1),
                                measured: measured,
                                done: promise,
                                makeRequest: makeRequest
                            )
                        )
                    }
                }
                .connect(host: "127.0.0.1", port: port).get()
        }
        let all = try await EventLoopFuture.whenAllSucceed(outcomes, on: group.next()).get()
        try await group.shutdownGracefully()
        if let failure = all.compactMap(\.firstFailure).first {
            throw CommandFailure("\(all.reduce(0) { $0 + $1.failures }) requests failed, the first with: \(failure)")
        }
        let latencies = all.flatMap(\.latencies).sorted()
        guard !latencies.isEmpty else { throw CommandFailure("no request was answered in \(seconds) s") }
        return Figures(
            requestsPerSecond: latencies.count / max(seconds, 1),
            p50Microseconds: Int(latencies[latencies.count / 2]),
            p99Microseconds: Int(latencies[latencies.count * 99 / 100])
        )
    }
}
