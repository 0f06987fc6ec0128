package import Access
import Events
import FHIR
package import Foundation
import HTTPTypes
package import Hummingbird
package import Subscriptions

/// Subscriptions as the National Events Management Service takes them, at `/STU3/Subscription` (`nems.md` §4).
///
/// A client sees its own subscriptions and no others: those of others are not there.
package struct EventSubscriptionRoutes<Store: EventSubscriptionStore>: Sendable where Store.AuditEntry == AuditRecord {
    let store: Store
    /// The hub's public address.
    let publicURL: String
    /// The hub's ASID, if it has one.
    let asid: String?
    /// The clock.
    let now: @Sendable () -> Date

    package init(
        store: Store,
        publicURL: String,
        asid: String?,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.store = store
        self.publicURL = publicURL
        self.asid = asid
        self.now = now
    }

    var baseURL: String { publicURL + "/STU3/Subscription" }

    /// Adds the routes at and below `/STU3/Subscription`.
    package func add(to group: RouterGroup<HubContext>) {
        group.post { try await create($0, $1) }
        group.get { try await search($0, $1) }
        group.get(":id") { try await read($0, $1) }
        group.delete(":id") { try await delete($0, $1) }
    }

    /// The client, once its scope and its headers are checked (§4.4 step 1).
    func admit(
        _ request: Request,
        _ context: HubContext,
        _ interactions: Interactions,
        _ operation: String
    ) throws -> String {
        let client = try context.subscriber(interactions)
        let name = "urn:nhs:names:services:clinicals-sync:SubscriptionsApi\(operation)"
        try SpineHeaders.check(request, interaction: name, context.client, hub: asid)
        return client
    }

    private func read(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.read)
        let client = try admit(request, context, .read, "Get")
        let path = try EventSubscriptionPath(context)
        guard let id = path.id, let found = try await store.eventSubscription(id, of: client) else {
            throw path.notFound
        }
        context.note(found.subscription)
        return try form(request).response(found.resource, headers: Self.headers(found.subscription))
    }

    private func delete(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.delete)
        let client = try admit(request, context, .delete, "Delete")
        let path = try EventSubscriptionPath(context)
        guard let id = path.id, let found = try await store.eventSubscription(id, of: client) else {
            throw path.notFound
        }
        context.note(found.subscription)
        let audit = context.audit
        guard
            try await store.removeEventSubscription(id, of: client, now: now(), audit: { audit.finished(status: 200) })
        else { throw path.notFound }
        audit.markCommitted()
        return Response(status: .ok)
    }

    func form(_ request: Request) -> SpineForm {
        SpineForm(accept: request.headers[values: .accept]) ?? .standard
    }

    static func headers(_ subscription: Subscription) -> HTTPFields {
        [.eTag: "W/\"\(subscription.versionID)\"", .lastModified: HTTPDate(subscription.lastUpdated).text]
    }
}

/// The subscription a path names.
struct EventSubscriptionPath {
    private let text: String
    /// nil for what is the id of no subscription.
    var id: SubscriptionID? { SubscriptionID(compact: text) }

    init(_ context: HubContext) throws(SpineRefusal) {
        text = context.parameters.get("id") ?? ""
        let isID =
            text.utf8.count == 32
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
            }
        guard isID else {
            throw SpineRefusal(.badRequest, "invalid", .badRequest, "The id in the path must be 32 letters and digits.")
        }
    }

    var notFound: SpineRefusal {
        SpineRefusal(.notFound, "not-found", .noRecordFound, "There is no Subscription with this id of yours.")
    }
}
