import Access
import Events
import FHIR
import Foundation
import HTTPTypes
import Hummingbird
import Messages
import Subscriptions

extension SubscriptionRoutes where Store.AuditEntry == AuditRecord {
    /// `GET /Subscription?…`.
    @Sendable func search(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.search)
        let client = try context.subscriber(.search)
        return try await search(FormParameters(request.uri.query ?? "").all, client, context)
    }

    /// `POST /Subscription/_search`.
    @Sendable func searchByForm(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.search)
        let client = try context.subscriber(.search)
        let form = try await FormParameters(body: request, context).all
        guard !form.contains(where: { $0.name == "access_token" }) else { throw HubError(.tokenOutsideHeader) }
        return try await search(FormParameters(request.uri.query ?? "").all + form, client, context)
    }

    private func search(
        _ sent: [FormParameters.Parameter],
        _ client: String,
        _ context: HubContext
    ) async throws -> Response {
        let search = try SubscriptionSearch(sent)
        let page = try await store.registered(search.query, of: client)
        context.audit.note { $0.count = page.subscriptions.count }
        let url = "\(baseURL)/Subscription"
        var links: [JSONValue] = [["relation": "self", "url": .string(url + SearchText.query(search.parameters))]]
        if page.subscriptions.count == search.query.limit, let last = page.subscriptions.last {
            let next = search.parameters + [("_page", last.subscription.id.uuid.lowercaseText)]
            links.append(["relation": "next", "url": .string(url + SearchText.query(next))])
        }
        var bundle = JSONObject()
        bundle["resourceType"] = "Bundle"
        bundle["type"] = "searchset"
        bundle["total"] = .number(String(page.total))
        bundle["link"] = .array(links)
        let entries = page.subscriptions.map { one -> JSONValue in
            [
                "fullUrl": .string("\(url)/\(one.subscription.id.uuid.lowercaseText)"),
                "resource": one.resource(topic: settings.topic), "search": ["mode": "match"],
            ]
        }
        bundle["entry"] = entries.isEmpty ? nil : .array(entries)
        return .fhir(JSONValue.object(bundle).bytes)
    }

    /// `GET` or `POST /Subscription/$status`: the caller's own, those asked for by `id` and `status`.
    @Sendable func statuses(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.operation)
        let client = try context.subscriber(.search)
        let parameters = try await OperationParameters(request, context, release)
        try parameters.allow(["id", "status", "_count", "_page", "_format", "_pretty"])
        let paging = parameters.all.filter { ["_count", "_page", "_format", "_pretty"].contains($0.name) }
        var query = try SubscriptionSearch(paging).query
        let ids = parameters.list("id")
        if !ids.isEmpty { query.ids = ids.compactMap { UUID(uuidString: $0) } }
        let statuses = parameters.list("status")
        if !statuses.isEmpty { query.statuses = statuses }
        let page = try await store.registered(query, of: client)
        context.audit.note { $0.count = page.subscriptions.count }
        let url = "\(baseURL)/Subscription/$status"
        let sent = parameters.all.filter { $0.name != "_page" }.map { ($0.name, $0.value) }
        let last = page.subscriptions.count == query.limit ? page.subscriptions.last?.subscription.id : nil
        return statusAnswer(
            page.subscriptions,
            total: page.total,
            link: url + SearchText.query(sent),
            next: last.map { url + SearchText.query(sent + [("_page", $0.uuid.lowercaseText)]) }
        )
    }

    /// `GET` or `POST /Subscription/{id}/$status`, in every state.
    @Sendable func status(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.operation)
        let client = try context.subscriber(.read)
        let path = try SubscriptionPath(context)
        let one = try await found(path, client, context)
        let link = "\(settings.publicURL)/FHIR/\(release.path)/Subscription/\(path.text.lowercased())/$status"
        return statusAnswer([one], total: 1, link: link, next: nil)
    }

    private func statusAnswer(
        _ subscriptions: [RegisteredSubscription],
        total: Int,
        link: String,
        next: String?
    ) -> Response {
        let now = settings.now()
        let answer = StatusAnswer(
            id: UUID(),
            timestamp: now,
            total: total,
            link: link,
            next: next,
            entries: subscriptions.map { one in
                StatusAnswer.Entry(
                    envelope(one, content: one.subscription.content, at: now),
                    total: one.progress.lastNumber,
                    errors: one.errors
                )
            }
        )
        return .fhir(answer.bytes)
    }

    /// What an answer about a subscription says of it.
    func envelope(
        _ one: RegisteredSubscription,
        content: Subscription.Content,
        at time: Date
    ) -> NotificationEnvelope {
        NotificationEnvelope(
            baseURL: settings.referenceBase,
            topic: settings.topic,
            subscriptionID: one.subscription.id.uuid,
            status: NotificationEnvelope.Status(rawValue: one.subscription.status.rawValue) ?? .error,
            content: ContentLevel(rawValue: content.rawValue) ?? .empty,
            bundleID: UUID(),
            statusID: UUID(),
            timestamp: time,
            release: release
        )
    }
}

extension RegisteredSubscription {
    /// Why it is in `error`, or what its owner should know although it is not: numbers and times, never an endpoint's words
    /// (D-75).
    var errors: [SubscriptionError] {
        let code = progress.lastError.flatMap { SubscriptionError.Code(rawValue: $0) } ?? .errorResponse
        guard subscription.status == .error else {
            // Such as an event that was set aside (D-22).
            guard subscription.status == .active, let text = subscription.statusText,
                !text.hasPrefix(Subscription.gapText)
            else { return [] }
            return [SubscriptionError(code: code, text: text)]
        }
        var parts: [String] = []
        if let status = lastHTTPStatus { parts.append("HTTP \(status) from endpoint") }
        if progress.attempt > 0, let since = firstFailureAt {
            parts.append("\(progress.attempt) consecutive failures since \(Self.text(since))")
        }
        if let next = progress.nextAttemptAt {
            parts.append("next attempt \(Self.text(next))")
        } else {
            parts.append("no further attempt; send the subscription again with status requested")
        }
        if progress.lastNumber > progress.deliveredThrough {
            parts.append("oldest undelivered event \(progress.deliveredThrough + 1)")
        }
        if let breaker {
            parts.append("circuit breaker of the endpoint's origin \(breaker)")
        }
        return [SubscriptionError(code: code, text: parts.joined(separator: "; "))]
    }

    private static func text(_ date: Date) -> String {
        String(FHIRInstant(date).description.prefix(19)) + "Z"
    }
}

/// Parameters as they stand in a link.
enum SearchText {
    /// `?a=1&b=2`, or nothing.
    static func query(_ parameters: [(String, String)]) -> String {
        guard !parameters.isEmpty else { return "" }
        return "?" + parameters.map { "\($0)=\(encoded($1))" }.joined(separator: "&")
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                String(UnicodeScalar(byte))
            default: "%" + String(byte >> 4, radix: 16, uppercase: true) + String(byte & 15, radix: 16, uppercase: true)
            }
        }
        .joined()
    }
}
