import Access
package import Deliveries
import Events
import FHIR
import Foundation
import HTTPTypes
package import Hummingbird
package import Subscriptions

/// A subscriber's own delivery log: numbers, attempts, times and results, no payload (`delivery.md` D-55).
package struct DeliveryLogRoutes<Store: DeliveryOffice & SubscriptionStore>: Sendable {
    private let store: Store
    private let baseURL: String

    /// - Parameters:
    ///   - store: Where attempts are on record.
    ///   - publicURL: The hub's public address; the FHIR base is made from it.
    package init(store: Store, publicURL: String) {
        self.store = store
        baseURL = publicURL + "/FHIR/R4"
    }

    /// Adds the route below `/FHIR/R4/Subscription`.
    package func add(to group: RouterGroup<HubContext>) {
        group.get(":id/$deliveries") { try await log($0, $1) }
    }

    /// `GET /Subscription/{id}/$deliveries`: the latest attempt first, in pages that new attempts do not shift.
    @Sendable private func log(_ request: Request, _ context: HubContext) async throws -> Response {
        context.audit.note { $0.interaction = .operation }
        let caller = try context.requireCaller()
        try caller.mustHave(.read, on: "Subscription")
        let query = try DeliveryLogQuery(request)
        let client = caller.clientID.rawValue
        guard let uuid = UUID(uuidString: context.parameters.get("id") ?? ""),
            let subscription = try await store.progress(of: SubscriptionID(uuid))?.subscription,
            subscription.client == client
        else { throw HubError.notFound("There is no Subscription with this id.") }
        let selection = DeliverySelection(subscription: subscription.id, cause: query.outcome)
        // One more than is shown tells whether there is a next page.
        let found = try await store.attempts(selection, before: query.before, limit: query.count + 1)
        let page = found.prefix(query.count)
        context.audit.note { $0.count = page.count }
        var parameters = page.map { $0.parameter }
        if found.count > page.count, let last = page.last {
            let url = "\(baseURL)/Subscription/\(subscription.id)/$deliveries\(query.text(before: last.id))"
            parameters.append(["name": "next", "valueUri": .string(url)])
        }
        var resource = JSONObject()
        resource["resourceType"] = "Parameters"
        resource["parameter"] = parameters.isEmpty ? nil : .array(parameters)
        return .fhir(JSONValue.object(resource).bytes)
    }
}

/// What a request for the delivery log says.
private struct DeliveryLogQuery {
    private static let greatestCount = 1000

    private(set) var count = 100
    private(set) var before: Int64?
    private(set) var outcome: String?

    /// - Throws: ``HubError`` 400: a filter that is not understood must not be passed over.
    init(_ request: Request) throws(HubError) {
        var seen: Set<Substring> = []
        for (key, value) in request.uri.queryParameters {
            guard seen.insert(key).inserted else { throw .invalid("The parameter \(key.prefix(64)) came twice.") }
            switch key {
            case "_count":
                guard let number = Int(value), number > 0 else {
                    throw .invalid("The parameter _count must be a positive integer.")
                }
                count = min(number, Self.greatestCount)
            case "_before":
                guard let number = Int64(value), number > 0 else {
                    throw .invalid("The parameter _before is not one of this log's pages; follow its links.")
                }
                before = number
            case "outcome":
                guard value.utf8.count <= 32, value.utf8.allSatisfy({ (0x61...0x7A).contains($0) || $0 == 0x2D }) else {
                    throw .invalid("The parameter outcome must be a result class, such as accepted or error-response.")
                }
                outcome = String(value)
            case "_format": try FormatParameter.check(value)
            case "_pretty": break
            default:
                throw .invalid("A delivery log takes _count, outcome and its own links' _before.")
            }
        }
    }

    /// The query of the page behind a line.
    func text(before line: Int64) -> String {
        "?_count=\(count)&_before=\(line)" + (outcome.map { "&outcome=\($0)" } ?? "")
    }
}

extension LoggedAttempt {
    /// The line as a parameter with parts.
    fileprivate var parameter: JSONValue {
        var parts: [JSONValue] = [["name": "kind", "valueCode": .string(kind)]]
        if let numbers {
            parts.append(["name": "first-number", "valueString": .string("\(numbers.lowerBound)")])
            parts.append(["name": "last-number", "valueString": .string("\(numbers.upperBound)")])
        }
        parts.append(["name": "attempt", "valueInteger": .number("\(attempt)")])
        parts.append(["name": "started", "valueInstant": .string(FHIRInstant(startedAt).description)])
        parts.append(["name": "milliseconds", "valueInteger": .number("\(milliseconds)")])
        parts.append(["name": "outcome", "valueCode": .string(outcome)])
        if let httpStatus { parts.append(["name": "http-status", "valueInteger": .number("\(httpStatus)")]) }
        return ["name": "delivery", "part": .array(parts)]
    }
}
