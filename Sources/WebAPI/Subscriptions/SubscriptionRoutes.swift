package import Access
package import Deliveries
import Events
package import FHIR
package import Feeds
package import Foundation
import HTTPTypes
package import Hummingbird
package import Subscriptions
package import Vaccination

/// How the hub offers subscriptions.
package struct SubscriptionSettings: Sendable {
    /// The hub's public address; the FHIR bases and the topic's canonical URL are made from it.
    package var publicURL: String
    /// How many subscriptions a client may have.
    package var limit = 10_000
    /// Whether restricted patients' records are redacted (`immunisation-history.md` §6).
    package var redactsRestricted = true
    /// What is wrong with an endpoint that a client names; nil for one that may be posted to.
    package var endpointFault: @Sendable (_ endpoint: String, _ client: String) async throws -> String?
    /// What the values of header lines are kept with.
    package var headers: HeaderVault
    /// The clock.
    package var now: @Sendable () -> Date = { Date() }

    package init(
        publicURL: String,
        headers: HeaderVault,
        endpointFault: @escaping @Sendable (_ endpoint: String, _ client: String) async throws -> String?
    ) {
        self.publicURL = publicURL
        self.headers = headers
        self.endpointFault = endpointFault
    }

    /// Canonical URL of the topic.
    var topic: String { publicURL + "/FHIR/SubscriptionTopic/vaccination-record-change" }
    /// What references are made with, in either release.
    var referenceBase: String { publicURL + "/FHIR/R4" }
}

/// What the routes of subscriptions need of the store.
package typealias SubscriptionPorts = SubscriptionRegistry & ReferenceReader & HistoryStore & SubscriberEvents
    & FilterPreviews

/// Subscription as a FHIR resource, in R4 or R4B, with its operations (`fhir-subscriptions.md` §3 to §8).
///
/// A client sees its own subscriptions and no others: those of others are not there.
package struct SubscriptionRoutes<Store: SubscriptionPorts>: Sendable {
    let store: Store
    let settings: SubscriptionSettings
    let release: FHIRRelease

    /// - Parameters:
    ///   - store: Where subscriptions and events are kept.
    ///   - settings: How they are offered.
    ///   - release: Of which base these are the routes.
    package init(store: Store, settings: SubscriptionSettings, release: FHIRRelease)
    where Store.AuditEntry == AuditRecord {
        self.store = store
        self.settings = settings
        self.release = release
    }

    /// Where these routes are.
    var baseURL: String { "\(settings.publicURL)/FHIR/\(release.path)" }
}

extension SubscriptionRoutes where Store.AuditEntry == AuditRecord {
    /// Adds the routes at and below `/FHIR/R4/Subscription`, or R4B's.
    package func add(to group: RouterGroup<HubContext>) {
        group.post { try await create($0, $1) }
        group.get { try await search($0, $1) }
        group.post("_search") { try await searchByForm($0, $1) }
        group.get("$status") { try await statuses($0, $1) }
        group.post("$status") { try await statuses($0, $1) }
        group.post("$preview") { try await preview($0, $1) }
        group.get(":id") { try await read($0, $1) }
        group.put(":id") { try await update($0, $1) }
        group.delete(":id") { try await delete($0, $1) }
        group.get(":id/$status") { try await status($0, $1) }
        group.post(":id/$status") { try await status($0, $1) }
        group.get(":id/$events") { try await events($0, $1) }
        group.post(":id/$events") { try await events($0, $1) }
    }

    /// `GET /Subscription/{id}`.
    @Sendable private func read(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.read)
        let client = try context.subscriber(.read)
        return answer(try await found(try SubscriptionPath(context), client, context))
    }

    /// A client's live subscription.
    ///
    /// - Throws: ``HubError`` 404, or 410 for a deleted one.
    func found(
        _ path: SubscriptionPath,
        _ client: String,
        _ context: HubContext
    ) async throws -> RegisteredSubscription {
        guard let id = path.id, let found = try await store.registered(id, of: client) else { throw path.notFound }
        switch found {
        case .foreign: throw path.notFound
        case .deleted: throw path.deleted
        case .live(let registered):
            context.note(registered.subscription)
            return registered
        }
    }

    /// The resource with the headers of its version.
    func answer(
        _ registered: RegisteredSubscription,
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [:]
    ) -> Response {
        var all = EntityTag.headers(
            version: Int32(clamping: registered.subscription.versionID),
            modified: registered.subscription.lastUpdated
        )
        all.append(contentsOf: headers)
        return .fhir(registered.resource(topic: settings.topic).bytes, status: status, headers: all)
    }

    /// The answer to a write in the form the client prefers: the resource, unless it asks for less.
    func answer(
        _ request: Request,
        _ registered: RegisteredSubscription,
        status: HTTPResponse.Status,
        headers: HTTPFields = [:],
        _ sentence: String
    ) -> Response {
        var response = answer(registered, status: status, headers: headers)
        switch Preferences(request, otherwise: .representation).answer {
        case .representation: break
        case .minimal:
            response.headers[.contentType] = nil
            response.body = .init()
        case .operationOutcome:
            let issue = OperationOutcome.Issue(.informational, severity: .information, diagnostics: sentence)
            return .fhir(
                OperationOutcome(id: UUID(), issues: [issue]).json.bytes,
                status: status,
                headers: response.headers
            )
        }
        return response
    }
}

extension SubscriptionRoutes where Store: ResendRequests, Store.AuditEntry == AuditRecord {
    /// Adds `$resend` to the routes at and below `/FHIR/R4/Subscription`, or R4B's.
    package func addResend(to group: RouterGroup<HubContext>) {
        group.post(":id/$resend") { try await resend($0, $1) }
    }
}

extension SubscriptionRoutes where Store: BackfillRequests, Store.AuditEntry == AuditRecord {
    /// Adds `$backfill` to the routes at and below `/FHIR/R4/Subscription`, or R4B's.
    package func addBackfill(to group: RouterGroup<HubContext>) {
        group.post(":id/$backfill") { try await backfill($0, $1) }
    }
}

/// The subscription a path names.
struct SubscriptionPath {
    let text: String
    /// nil for what is the id of no subscription.
    let id: SubscriptionID?

    /// - Throws: ``HubError`` 400 for what is no id.
    init(_ context: HubContext) throws(HubError) {
        let path = try RecordPath(context)
        text = path.text
        id = UUID(uuidString: path.text).map { SubscriptionID($0) }
    }

    var notFound: HubError { .notFound("There is no Subscription with the id \(text) of yours.") }

    var deleted: HubError {
        HubError(.gone, .deleted, nil, "The Subscription \(text) was deleted. Create a new one.")
    }
}

extension HubContext {
    /// The client whose subscriptions a request is about.
    ///
    /// - Throws: ``HubError`` 401 or 403: subscriptions are systems' (`auth.md` §11).
    func subscriber(_ interaction: Interactions) throws(HubError) -> String {
        let caller = try requireCaller()
        do throws(AccessError) {
            try caller.require(.resource(.system, "Subscription", interaction))
        } catch {
            throw HubError(error)
        }
        return caller.clientID.rawValue
    }

    /// Takes down which subscription a request is about.
    func note(_ subscription: Subscription) {
        audit.note { record in
            record.resources = [
                AuditedResource(
                    "Subscription",
                    id: subscription.id.uuid.lowercaseText,
                    version: subscription.versionID
                )
            ]
            record.count = 1
        }
    }
}
