import Access
import Events
import FHIR
import Foundation
import Hummingbird
import Subscriptions

extension EventSubscriptionRoutes {
    private static var names: [String] {
        ["criteria:contains", "channel.endpoint", "contact", "status", "tag", "_count", "_after"]
    }

    /// `GET /STU3/Subscription`: one's own, which NEMS offered until 2019 (§4.1) and clients miss (§9).
    func search(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.search)
        let client = try admit(request, context, .search, "Get")
        let asked = request.uri.queryParameters.map { (name: String($0.key), value: String($0.value).legalInXML) }
        let query = try Self.query(asked)
        let page = try await store.eventSubscriptions(query, of: client)
        let parameters = asked.filter { $0.name != "_after" }
        var links = [link("self", asked)]
        if page.subscriptions.count == query.limit, let last = page.subscriptions.last {
            links.append(link("next", parameters + [("_after", last.subscription.id.compact)]))
        }
        var bundle = JSONObject()
        bundle["resourceType"] = "Bundle"
        bundle["type"] = "searchset"
        bundle["total"] = .number(String(page.total))
        bundle["link"] = .array(links)
        if !page.subscriptions.isEmpty {
            bundle["entry"] = .array(
                page.subscriptions.map { found in
                    [
                        "fullUrl": .string("\(baseURL)/\(found.subscription.id.compact)"), "resource": found.resource,
                        "search": ["mode": "match"],
                    ]
                }
            )
        }
        return try form(request).response(.object(bundle))
    }

    private static func query(_ asked: [(name: String, value: String)]) throws(SpineRefusal) -> EventSubscriptionQuery {
        func refusal(_ text: String) -> SpineRefusal {
            SpineRefusal(.unprocessableContent, "invalid", .invalidParameter, text)
        }
        var query = EventSubscriptionQuery()
        for (name, value) in asked {
            switch name {
            case "criteria:contains": query.criteria.append(value)
            case "channel.endpoint": query.mailbox = value
            case "contact": query.organisation = value.split(separator: "/").last.map(String.init) ?? value
            case "status": query.status = value
            case "tag": query.tag = value
            case "_count":
                guard let count = Int(value), (1...1000).contains(count) else {
                    throw refusal("_count must be 1 to 1000.")
                }
                query.limit = count
            case "_after":
                guard let id = SubscriptionID(compact: value) else {
                    throw refusal("_after must be the id of a Subscription.")
                }
                query.after = id.uuid
            default: throw refusal("A parameter is none of: \(names.joined(separator: ", ")).")
            }
        }
        return query
    }

    private func link(_ relation: String, _ parameters: [(name: String, value: String)]) -> JSONValue {
        var address = URLComponents()
        if !parameters.isEmpty { address.queryItems = parameters.map { URLQueryItem(name: $0.name, value: $0.value) } }
        return ["relation": .string(relation), "url": .string(baseURL + (address.string ?? ""))]
    }
}
