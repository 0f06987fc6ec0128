import Access
package import Feeds
import HTTPTypes
package import Hummingbird

/// What became of the files that were sent (`design.md` §3).
package struct FeedRoutes<Store: FeedStore & FeedControlStore>: Sendable {
    private let store: Store

    package init(store: Store) { self.store = store }

    /// Adds the routes below `/feeds`.
    package func add(to group: RouterGroup<HubContext>) {
        group.get { try await list($0, $1) }
        group.get(":id") { try await show($0, $1) }
    }

    /// `GET /feeds`: the caller's own feeds, newest first.
    @Sendable private func list(_ request: Request, _ context: HubContext) async throws -> Response {
        let caller = try context.requireCaller()
        let feeds = try await store.summaries(limit: 100).filter { caller.maySee($0) }
        context.audit.note { record in
            record.interaction = .search
            record.count = feeds.count
        }
        return .json(try FeedJSON.encode(feeds.map { FeedView($0, id: $0.id) }))
    }

    /// `GET /feeds/{id}`: status, counts, and what happened to the file so far.
    @Sendable private func show(_ request: Request, _ context: HubContext) async throws -> Response {
        let feed = try await FeedAccess(store: store).feed(context)
        var view = FeedView(feed, id: feed.id)
        view.history = try await store.events(of: feed.id).map(FeedEventView.init)
        return .json(try FeedJSON.encode(view))
    }
}
