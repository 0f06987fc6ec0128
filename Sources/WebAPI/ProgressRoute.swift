import Access
package import Feeds
package import Foundation
import HTTPTypes
package import Hummingbird
import NIOCore

/// `GET /feeds/{id}/events`: how a feed gets on, as server-sent events.
package struct ProgressRoute<Store: FeedStore>: Sendable {
    private let store: Store
    private let watch: FeedWatch<Store>
    private let now: @Sendable () -> Date

    package init(store: Store, watch: FeedWatch<Store>, now: @escaping @Sendable () -> Date = { Date() }) {
        self.store = store
        self.watch = watch
        self.now = now
    }

    /// Adds the route.
    package func add(to group: RouterGroup<HubContext>) {
        group.get(":id/events") { try await events($0, $1) }
    }

    /// Answers with an event `progress` for every change, and at last `end`.
    ///
    /// Every event holds the whole state, so a client that comes back with `Last-Event-ID` misses nothing.
    @Sendable private func events(_ request: Request, _ context: HubContext) async throws -> Response {
        let feed = try await FeedAccess(store: store).feed(context)
        // A response does not outlive the token it was asked for with; the client comes back with a new one.
        let expires = try context.requireCaller().expires
        let events = watch.events(of: feed.id)
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                var number = 1
                var meter = ProgressMeter()
                let first = meter.progress(feed, now: now())
                try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
                try await writer.write(try Self.frame(first, number))
                if !feed.status.isFinal {
                    for await event in events {
                        switch event {
                        case .heartbeat: try await writer.write(ByteBuffer(string: ": still there\n\n"))
                        case .progress(let progress):
                            number += 1
                            try await writer.write(try Self.frame(progress, number))
                        }
                        guard now() < expires else { break }
                    }
                }
                try await writer.finish(nil)
            }
        )
    }

    private static func frame(_ progress: FeedProgress, _ number: Int) throws -> ByteBuffer {
        let name = progress.feed.status.isFinal ? "end" : "progress"
        var buffer = ByteBuffer(string: "id: \(number)\nevent: \(name)\ndata: ")
        buffer.writeBytes(try FeedJSON.encode(FeedProgressView(progress)))
        buffer.writeString("\n\n")
        return buffer
    }
}
