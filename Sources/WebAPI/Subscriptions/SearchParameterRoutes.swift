import FHIR
package import Hummingbird
import Subscriptions

/// The search parameters that are Herald's own and the topic's filters name (`fhir-subscriptions.md` §4.2); anybody may read
/// them.
package struct SearchParameterRoutes: Sendable {
    private let publicURL: String

    /// - Parameter publicURL: The hub's public address.
    package init(publicURL: String) { self.publicURL = publicURL }

    /// Adds `/FHIR/SearchParameter/{id}` and the topic under its canonical URL.
    package func add(to router: Router<HubContext>, topic: TopicRoutes) {
        router.get("FHIR/SearchParameter/:id") { (_, context) -> Response in
            let id = context.parameters.get("id") ?? ""
            guard let own = Self.all.first(where: { $0.id == id }) else {
                throw HubError.notFound("There is no SearchParameter with this id.")
            }
            return .fhir(json(own).bytes)
        }
        router.get("FHIR/SubscriptionTopic/:id") { (_, context) -> Response in try topic.canonical(context) }
    }

    private struct Own {
        let id: String
        let code: FilterParameter
        let type: String
        let description: String
    }

    private static let all = [
        Own(
            id: "Immunization-performer-organisation",
            code: .performerOrganisation,
            type: "token",
            description: "ODS code of the organisation that administered the vaccination."
        ),
        Own(
            id: "vaccination-registered-gp",
            code: .registeredGP,
            type: "token",
            description: "ODS code of the GP practice the patient is registered with at the time of the event."
        ),
        Own(
            id: "vaccination-age",
            code: .age,
            type: "number",
            description: "Age in completed years on the day of vaccination."
        ),
        Own(id: "vaccination-action", code: .action, type: "token", description: "create, update or delete."),
        Own(
            id: "vaccination-vaccine-type",
            code: .vaccineType,
            type: "token",
            description: "Short vaccine type code such as COVID, FLU or MMR."
        ),
        Own(
            id: "vaccination-source-system",
            code: .sourceSystem,
            type: "token",
            description: "Supplier system that sent the record."
        ),
    ]

    private func json(_ own: Own) -> JSONValue {
        var json = JSONObject()
        json["resourceType"] = "SearchParameter"
        json["id"] = .string(own.id)
        json["url"] = .string("\(publicURL)/FHIR/SearchParameter/\(own.id)")
        json["name"] = .string(own.code.rawValue)
        json["status"] = "active"
        json["description"] = .string(own.description)
        json["code"] = .string(own.code.rawValue)
        json["base"] = ["Immunization"]
        json["type"] = .string(own.type)
        let comparators = own.code.comparators
        if !comparators.isEmpty { json["comparator"] = .array(comparators.map { .string($0) }) }
        return .object(json)
    }
}
