import Access
import Feeds
import Hummingbird

/// Whose feed is whose to see: a client's own, and every one to operators.
struct FeedAccess<Store: FeedStore>: Sendable {
    let store: Store

    /// The feed of the path; one of another client is not there for the caller.
    ///
    /// - Throws: ``HubError`` 404.
    func feed(_ context: HubContext) async throws -> FeedSummary {
        let caller = try context.requireCaller()
        guard let id = context.parameters.get("id").flatMap({ FeedID($0) }),
            let feed = try await store.summary(of: id), caller.maySee(feed)
        else { throw HubError.notFound("There is no feed with this id.") }
        context.audit.note { $0.resources = [AuditedResource("Feed", id: "\(id)")] }
        return feed
    }
}

extension HubContext {
    /// For whom the caller may send files: the suppliers of the client's registration; operators for every one.
    ///
    /// - Throws: A 401 where nobody has checked who asks.
    func sender() throws -> FeedSender {
        let caller = try requireCaller()
        if caller.mode == .system, caller.scopes.contains(.admin(.write)) {
            return .operators(caller.clientID.rawValue)
        }
        return FeedSender(caller.clientID.rawValue, actingFor: client?.suppliers ?? [], as: client?.odsCodes ?? [])
    }
}

extension Caller {
    /// Whether a feed may be shown to the caller.
    func maySee(_ feed: FeedSummary) -> Bool {
        feed.client == clientID.rawValue && mode == .system || scopes.contains(.admin(.read))
    }
}
