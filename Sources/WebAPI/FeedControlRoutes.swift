import Access
import FHIR
package import Feeds
import Foundation
import HTTPTypes
package import Hummingbird
import NIOCore
import Vaccination

/// What operators use to steer feeds and queues, and sites to withdraw a file that has not begun.
package struct FeedControlRoutes<Store: FeedStore & FeedControlStore>: Sendable {
    private let store: Store

    package init(store: Store) { self.store = store }

    /// Adds the routes below `/feeds`.
    package func add(to group: RouterGroup<HubContext>) {
        group.get("queues") { try await queues($0, $1) }
        group.post("queues/:supplier/:vaccineType/pause") { try await pauseQueue($0, $1) }
        group.post("queues/:supplier/:vaccineType/resume") { try await resumeQueue($0, $1) }
        group.post(":id/pause") { request, context in try await carryOut(request, context) { _ in .pause } }
        group.post(":id/resume") { request, context in
            try await carryOut(request, context) { .resume(givingUp: $0.giveUpRow) }
        }
        group.post(":id/cancel") { request, context in try await carryOut(request, context) { _ in .cancel } }
        group.post(":id/retry") { request, context in try await carryOut(request, context) { _ in .retry } }
    }

    /// `POST /feeds/{id}/pause` and its like: the feed as it is then, or 409 with a sentence.
    private func carryOut(
        _ request: Request,
        _ context: HubContext,
        _ command: (FeedOrder) -> FeedCommand
    ) async throws -> Response {
        let caller = try context.requireCaller()
        let feed = try await FeedAccess(store: store).feed(context)
        let order = try await FeedOrder(request)
        let command = command(order)
        let isOperator = caller.scopes.contains(.admin(.write))
        if !isOperator {
            guard command == .cancel, caller.owns(feed) else {
                throw HubError(.insufficientScope(required: .admin(.write)))
            }
            try caller.mustHave(.create, on: "Immunization")
        }
        do {
            try await store.carryOut(
                command,
                on: feed.id,
                by: caller.clientID.rawValue,
                reason: order.reason,
                onlyBeforeStart: !isOperator
            )
        } catch let refused as FeedCommandRefused {
            throw HubError(refused)
        }
        return .json(try FeedJSON.encode(FeedView(try await store.summary(of: feed.id), id: feed.id)))
    }

    /// `GET /feeds/queues`: queues with files in them, and paused ones.
    @Sendable private func queues(_ request: Request, _ context: HubContext) async throws -> Response {
        try context.requireCaller().mustBeAdmin(.read)
        return .json(try FeedJSON.encode(try await store.queues().map(FeedQueueView.init)))
    }

    /// `POST /feeds/queues/{supplier}/{vaccineType}/pause`.
    @Sendable private func pauseQueue(_ request: Request, _ context: HubContext) async throws -> Response {
        let caller = try context.requireCaller()
        try caller.mustBeAdmin(.write)
        let order = try await FeedOrder(request)
        do {
            try await store.pauseQueue(try await queue(context), by: caller.clientID.rawValue, reason: order.reason)
        } catch let refused as FeedCommandRefused {
            throw HubError(refused)
        }
        return Response(status: .noContent)
    }

    /// `POST /feeds/queues/{supplier}/{vaccineType}/resume`.
    @Sendable private func resumeQueue(_ request: Request, _ context: HubContext) async throws -> Response {
        let caller = try context.requireCaller()
        try caller.mustBeAdmin(.write)
        // Not only known ones: a queue of a supplier that is gone must not stay paused.
        let name = FeedQueue.Name(
            supplier: try context.parameters.require("supplier"),
            vaccineType: try context.parameters.require("vaccineType")
        )
        try await store.resumeQueue(name, by: caller.clientID.rawValue)
        return Response(status: .noContent)
    }

    private func queue(_ context: HubContext) async throws -> FeedQueue.Name {
        let supplier = try context.parameters.require("supplier")
        let vaccineType = try context.parameters.require("vaccineType")
        let reference = try await store.reference()
        guard reference.suppliers.supplier(named: supplier) != nil else {
            throw HubError.notFound("There is no supplier of this name; herald reference show lists them.")
        }
        guard reference.vaccineTypes[vaccineType] != nil else {
            throw HubError.notFound("There is no vaccine type of this code; herald reference show lists them.")
        }
        return FeedQueue.Name(supplier: supplier, vaccineType: vaccineType)
    }
}

/// What the body of a command may say.
package struct FeedOrder: Codable, Sendable {
    /// Why, for the audit record.
    package var reason: String?
    /// The row at which a halted feed stands, to be rejected and passed over.
    package var giveUpRow: Int64?

    package init(reason: String? = nil, giveUpRow: Int64? = nil) {
        self.reason = reason
        self.giveUpRow = giveUpRow
    }

    /// Reads the body; an empty one says nothing.
    init(_ request: Request) async throws {
        let body = try await request.body.collect(upTo: 16 << 10)
        guard body.readableBytes > 0 else {
            self.init()
            return
        }
        do {
            self = try JSONDecoder().decode(FeedOrder.self, from: Data(body.readableBytesView))
        } catch {
            throw HubError.invalid(#"The body must be empty or JSON such as {"reason": "why"}."#)
        }
        guard reason?.utf8.count ?? 0 <= 1000, reason?.contains("\0") != true else {
            throw HubError.invalid("The reason must be at most 1,000 bytes of text.")
        }
    }
}

extension Caller {
    /// Refuses with a 403 whoever is not an operator with this right.
    fileprivate func mustBeAdmin(_ right: Scope.AdminRight) throws(HubError) {
        do throws(AccessError) {
            try require(.admin(right))
        } catch {
            throw HubError(error)
        }
    }

    /// Whether the caller's client sent the feed.
    fileprivate func owns(_ feed: FeedSummary) -> Bool { feed.client == clientID.rawValue && mode == .system }
}

extension HubError {
    fileprivate init(_ refused: FeedCommandRefused) {
        guard refused != .busy else {
            self.init(.serviceUnavailable, .transient, .unavailable, refused.description, headers: [.retryAfter: "5"])
            return
        }
        self.init(.conflict, .conflict, .conflict, refused.description)
    }
}
