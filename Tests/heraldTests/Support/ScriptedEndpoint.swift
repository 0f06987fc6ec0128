import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import Testing

/// An endpoint on a socket of this machine that answers as a test says, and remembers everything it got.
final class ScriptedEndpoint: Sendable {
    struct Post: Sendable {
        let path: String
        let messageID: String
        let numbers: ClosedRange<Int64>?
        let attempt: String
        let body: [UInt8]
        let at = ContinuousClock.now
    }

    private let received = Mutex<[Post]>([])
    private let answer: @Sendable (Post, Int) async throws -> Response

    /// - Parameter answer: Gets the post and how many posts the same path had before.
    private init(_ answer: @escaping @Sendable (Post, Int) async throws -> Response) { self.answer = answer }

    var posts: [Post] { received.withLock(\.self) }

    func posts(to path: String) -> [Post] { posts.filter { $0.path == path } }

    /// Lends an endpoint and its address, without a slash at its end.
    static func with(
        _ answer: @escaping @Sendable (Post, Int) async throws -> Response,
        _ body: @escaping @Sendable (ScriptedEndpoint, String) async throws -> Void
    ) async throws {
        let endpoint = ScriptedEndpoint(answer)
        let router = Router()
        for path in ["/", "**"] as [RouterPath] {
            router.post(path) { request, _ in try await endpoint.take(request) }
        }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        try await Application(router: router, logger: logger).test(.live) { server in
            try await body(endpoint, "http://127.0.0.1:\(try #require(server.port))")
        }
    }

    private func take(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: 6 << 20)
        func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { request.headers[$0] } }
        let ends = header("Herald-Events")?.split(separator: "-").compactMap { Int64($0) } ?? []
        let post = Post(
            path: request.uri.path,
            messageID: header("webhook-id") ?? "",
            numbers: ends.first.flatMap { first in ends.last.map { first...$0 } },
            attempt: header("Herald-Attempt") ?? "",
            body: Array(body.readableBytesView)
        )
        let before = received.withLock { posts in
            defer { posts.append(post) }
            return posts.count { $0.path == post.path }
        }
        return try await answer(post, before)
    }
}
