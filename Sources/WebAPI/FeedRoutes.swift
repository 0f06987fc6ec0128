import Access
import FHIR
package import Feeds
import Foundation
import HTTPTypes
package import Hummingbird
import NIOCore

/// What sites use: send a file, see how it goes, see what was refused (`design.md` §3).
package struct FeedRoutes<Store: FeedStore>: Sendable {
    private let receiver: FeedReceiver<Store>
    private let store: Store

    package init(receiver: FeedReceiver<Store>, store: Store) {
        self.receiver = receiver
        self.store = store
    }

    /// Adds the routes below `/feeds`.
    package func add(to group: RouterGroup<HubContext>) {
        group.post { try await upload($0, $1) }
        group.get { try await list($0, $1) }
        group.get(":id") { try await show($0, $1) }
        group.get(":id/rows") { try await rows($0, $1) }
    }

    /// `POST /feeds?filename=NAME`: 202 once the whole content is kept durably.
    @Sendable private func upload(_ request: Request, _ context: HubContext) async throws -> Response {
        let caller = try context.requireCaller()
        try caller.mustHave(.create, on: "Immunization")
        guard let name = request.uri.queryParameters.get("filename"), !name.isEmpty else {
            throw HubError.invalid(
                "The parameter filename is missing: send POST /feeds?filename=NAME with the file's own name."
            )
        }
        do {
            let id = try await receiver.receive(
                named: name,
                from: context.sender(),
                request.body.map(\.readableBytesView)
            )
            let summary = try await store.summary(of: id)
            return .json(
                try FeedJSON.encode(FeedView(summary, id: id)),
                status: .accepted,
                headers: [.location: "/feeds/\(id)"]
            )
        } catch let refused as FeedRefused {
            throw HubError(refused)
        }
    }

    /// `GET /feeds`: the caller's own feeds, newest first.
    @Sendable private func list(_ request: Request, _ context: HubContext) async throws -> Response {
        let caller = try context.requireCaller()
        let feeds = try await store.summaries(limit: 100).filter { caller.maySee($0) }
        return .json(try FeedJSON.encode(feeds.map { FeedView($0, id: $0.id) }))
    }

    /// `GET /feeds/{id}`: status and counts.
    @Sendable private func show(_ request: Request, _ context: HubContext) async throws -> Response {
        let feed = try await FeedAccess(store: store).feed(context)
        return .json(try FeedJSON.encode(FeedView(feed, id: feed.id)))
    }

    /// `GET /feeds/{id}/rows?outcome=rejected&after=N`: rejected rows with everything found in them, 1,000 at a time.
    @Sendable private func rows(_ request: Request, _ context: HubContext) async throws -> Response {
        let feed = try await FeedAccess(store: store).feed(context)
        guard request.uri.queryParameters.get("outcome") ?? "rejected" == "rejected" else {
            throw HubError.invalid("The parameter outcome must be rejected.")
        }
        let after = request.uri.queryParameters.get("after") ?? "0"
        guard let after = Int64(after), after >= 0 else {
            throw HubError.invalid("The parameter after must be a row number.")
        }
        let rows = try await store.rejectedRows(of: feed.id, after: after, limit: 1000)
        return .json(try FeedJSON.encode(rows.map(RejectedRowView.init)))
    }
}

extension HubError {
    /// A file that is refused as a whole; the refusal is on file under its own id.
    fileprivate init(_ refused: FeedRefused) {
        let (status, type, code): (HTTPResponse.Status, OperationOutcome.IssueType, OperationOutcome.HTTPErrorCode) =
            switch refused.error {
            case .duplicateName: (.conflict, .conflict, .conflict)
            case .noPermissions, .noActionPermitted, .notActingFor: (.forbidden, .forbidden, .forbidden)
            case .fileTooLarge: (.contentTooLarge, .tooLong, .badRequest)
            default: (.badRequest, .invalid, .badRequest)
            }
        self.init(status, type, code, refused.error.sentence, headers: [.location: "/feeds/\(refused.id)"])
    }
}

/// Feeds as JSON: ISO 8601 times, members in order.
private enum FeedJSON {
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}
