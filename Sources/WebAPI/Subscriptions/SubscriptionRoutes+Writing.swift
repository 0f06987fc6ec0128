import Access
import Deliveries
import Events
import FHIR
import Feeds
import Foundation
import HTTPTypes
import Hummingbird
import Subscriptions
import Vaccination

extension SubscriptionRoutes where Store.AuditEntry == AuditRecord {
    /// `POST /Subscription`; with `If-None-Exist` only where a search finds none.
    @Sendable func create(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.create)
        let client = try context.subscriber(.create)
        try JSONBody.checkHead(request, release)
        let body = try await JSONBody.read(request, context)
        if let condition = request.headers[HeaderName.ifNoneExist] {
            let query = try SubscriptionSearch(FormParameters(condition).all).query
            let page = try await store.registered(query, of: client)
            if page.total > 1 {
                throw HubError.preconditionFailed("If-None-Exist finds \(page.total) subscriptions; name one.")
            }
            if let one = page.subscriptions.first {
                context.note(one.subscription)
                return answer(request, one, status: .ok, "The subscription \(one.subscription.id) is there already.")
            }
        }
        let fault = try await endpointFault(body, client)
        let form = try checked(body, storedHeaders: [], fault, try await store.reference(), context)
        var subscription = form.subscription(
            id: SubscriptionID(UUID()),
            client: client,
            topic: settings.topic,
            now: settings.now()
        )
        subscription.headers = try settings.headers.seal(subscription.headers, of: subscription.id)
        context.note(subscription)
        let audit = context.audit
        let location = "\(baseURL)/Subscription/"
        let outcome = try await store.register(subscription, stated: form.stated, limit: settings.limit) {
            audit.finished(status: 201)
        }
        switch outcome {
        case .created: audit.markCommitted()
        case .duplicate(let id):
            throw HubError(
                .unprocessableContent,
                .duplicate,
                nil,
                "A subscription of yours, \(id), asks the same for this endpoint. Change that one, or send If-None-Exist.",
                headers: [.location: location + id.uuid.lowercaseText]
            )
        case .tooMany:
            throw HubError(
                .unprocessableContent,
                .tooCostly,
                nil,
                "You have \(settings.limit) subscriptions, as many as a client may have. Delete one that is not needed."
            )
        }
        let created = try await found(SubscriptionPath(subscription.id), client, context)
        return answer(
            request,
            created,
            status: .created,
            headers: [.location: location + subscription.id.uuid.lowercaseText],
            "The subscription \(subscription.id) was created; a handshake to its endpoint follows."
        )
    }

    /// `PUT /Subscription/{id}`.
    @Sendable func update(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.update)
        let client = try context.subscriber(.update)
        try JSONBody.checkHead(request, release)
        let path = try SubscriptionPath(context)
        let expected = ExpectedVersion(request)
        let version = try expected?.number()
        let body = try await JSONBody.read(request, context)
        guard body["id"]?.string?.lowercased() == path.text.lowercased() else {
            throw HubError(
                .badRequest,
                .invalid,
                .badRequest,
                "The id in the body must be that of the path.",
                expression: ["Subscription.id"]
            )
        }
        let reference = try await store.reference()
        let fault = try await endpointFault(body, client)
        let now = settings.now()
        let changed = try await change(path, client, context, status: 200) { current in
            let known = Int32(clamping: current.subscription.versionID)
            if let expected, let version, version != known {
                throw expected.refusal(current: known, expected: version)
            }
            let form = try checked(body, storedHeaders: stored(current.subscription), fault, reference, context)
            var change = SubscriptionChange(updating: current, to: form, topic: settings.topic, now: now)
            change.subscription.headers = try settings.headers.seal(form.headers, of: current.subscription.id)
            return change
        }
        guard let changed else {
            guard let id = path.id, let found = try await store.registered(id, of: client) else {
                throw HubError(
                    .methodNotAllowed,
                    .notSupported,
                    .methodNotAllowed,
                    "There never was a Subscription with this id; create one with POST.",
                    headers: [.allow: "GET, HEAD"]
                )
            }
            throw found == .deleted ? path.deleted : path.notFound
        }
        return answer(request, changed, status: .ok, "The subscription \(changed.subscription.id) was changed.")
    }

    /// `DELETE /Subscription/{id}`: 204; again for one that was deleted.
    @Sendable func delete(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.delete)
        let client = try context.subscriber(.delete)
        let path = try SubscriptionPath(context)
        let now = settings.now()
        let changed = try await change(path, client, context, status: 204) { current in
            SubscriptionChange(deleting: current, now: now)
        }
        if changed == nil {
            guard let id = path.id, try await store.registered(id, of: client) == .deleted else { throw path.notFound }
        }
        return Response(status: .noContent)
    }

    private func change(
        _ path: SubscriptionPath,
        _ client: String,
        _ context: HubContext,
        status: Int,
        _ decide: @Sendable (RegisteredSubscription) throws -> SubscriptionChange
    ) async throws -> RegisteredSubscription? {
        guard let id = path.id else { return nil }
        let audit = context.audit
        let changed = try await store.change(id, of: client) { current in
            let change = try decide(current)
            context.note(change.subscription)
            return change
        } audit: {
            audit.finished(status: status)
        }
        if changed != nil { audit.markCommitted() }
        return changed
    }

    /// What is wrong with the endpoint that a body names; its host is looked up before there is a transaction.
    private func endpointFault(_ body: JSONValue, _ client: String) async throws -> String? {
        guard let endpoint = body["channel"]?["endpoint"]?.string else { return nil }
        return try await settings.endpointFault(endpoint, client)
    }

    /// The header lines that a mask keeps; none where they cannot be opened any more, so that their owner can send new ones.
    private func stored(_ subscription: Subscription) -> [String] {
        (try? settings.headers.open(subscription.headers, of: subscription.id)) ?? []
    }

    /// The resource as a form that keeps all rules, the client's own limits included.
    private func checked(
        _ body: JSONValue,
        storedHeaders: [String],
        _ endpointFault: String?,
        _ reference: ReferenceData,
        _ context: HubContext
    ) throws -> SubscriptionForm {
        let rules = SubscriptionForm.Rules(
            release: release,
            topic: settings.topic,
            vaccineTypes: Set(reference.vaccineTypes.all.map(\.code)),
            now: settings.now(),
            storedHeaders: storedHeaders,
            endpointFault: { _ in endpointFault }
        )
        let (form, findings) = SubscriptionForm.reading(body, rules)
        if !findings.isEmpty { throw HubError(findings) }
        var allowed = form
        let policy = SubscriptionPolicy(context)
        try policy.check(contact: form.contact)
        try policy.restrict(&allowed.filter)
        return allowed
    }
}

extension SubscriptionPath {
    init(_ id: SubscriptionID) {
        text = id.uuid.lowercaseText
        self.id = id
    }
}

extension HubError {
    /// 400 for a resource that cannot be read, else 422, with everything that is wrong (`fhir-subscriptions.md` §5.1).
    init(_ findings: [SubscriptionFinding]) {
        let issues = findings.prefix(50).map { finding in
            var issue = OperationOutcome.Issue(
                finding.type,
                diagnostics: finding.text,
                expression: [finding.expression]
            )
            issue.isDetail = true
            return issue
        }
        self.init(findings.contains(where: \.isMalformed) ? .badRequest : .unprocessableContent, issues)
    }
}
