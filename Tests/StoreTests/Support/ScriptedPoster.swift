import Deliveries
import Foundation
import Synchronization

/// An endpoint that answers as a test says, and remembers everything it got.
final class ScriptedPoster: NotificationPoster {
    struct Post: Sendable {
        let endpoint: String
        let headers: [String: String]
        let body: [UInt8]

        /// First and last number of the events in the body.
        var numbers: ClosedRange<Int64>? {
            let ends = headers["Herald-Events"]?.split(separator: "-").compactMap { Int64($0) }
            guard let first = ends?.first, let last = ends?.last else { return nil }
            return first...last
        }
    }

    private let posted = Mutex<[Post]>([])
    private let answer: @Sendable (Post, Int) async throws -> AttemptOutcome

    /// - Parameter answer: Gets the post and how many posts the same endpoint had before.
    init(
        _ answer: @escaping @Sendable (Post, Int) async throws -> AttemptOutcome = { _, _ in .accepted(httpStatus: 202)
        }
    ) {
        self.answer = answer
    }

    var posts: [Post] { posted.withLock(\.self) }

    func posts(to endpoint: String) -> [Post] { posts.filter { $0.endpoint == endpoint } }

    func post(_ notification: OutgoingNotification) async throws -> AttemptOutcome {
        let headers = Dictionary(notification.headers.map { ($0.name, $0.value) }) { first, _ in first }
        let post = Post(endpoint: notification.endpoint, headers: headers, body: notification.body)
        let before = posted.withLock { posts in
            defer { posts.append(post) }
            return posts.count { $0.endpoint == post.endpoint }
        }
        return try await answer(post, before)
    }
}
