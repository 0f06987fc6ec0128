package import FHIR
import Foundation
import HTTPTypes
package import Hummingbird
import Subscriptions

/// The topic that can be subscribed to: as Basic in R4, as SubscriptionTopic in R4B (`fhir-subscriptions.md` §4.4), and the
/// search parameters that it defines itself.
package struct TopicRoutes: Sendable {
    private static let id = "vaccination-record-change"

    private let publicURL: String
    private let release: FHIRRelease
    private let topic: JSONValue

    /// - Parameters:
    ///   - publicURL: The hub's public address.
    ///   - release: Of which base these are the routes.
    /// - Throws: Where the built-in topic cannot be read.
    package init(publicURL: String, release: FHIRRelease) throws {
        self.publicURL = publicURL
        self.release = release
        let text = String(
            decoding: release == .r4 ? PackageResources.topic_r4_json : PackageResources.topic_r4b_json,
            as: UTF8.self
        )
        // The address stands inside JSON strings.
        let base = JSONValue.string(publicURL + "/FHIR").bytes.dropFirst().dropLast()
        topic = try JSONValue(
            parsing: Array(text.replacing("{base}", with: String(decoding: base, as: UTF8.self)).utf8)
        )
    }

    /// The resource type that the topic has in this release.
    private var type: String { release == .r4 ? "Basic" : "SubscriptionTopic" }

    /// Adds the routes below `/FHIR/R4` or `/FHIR/R4B`.
    package func add(to group: RouterGroup<HubContext>) {
        group.get("\(type)/:id") { (_, context) -> Response in
            guard context.parameters.get("id") == Self.id else {
                throw HubError.notFound("There is no \(type) with this id; search lists all.")
            }
            return .fhir(topic.bytes)
        }
        group.get("\(type)") { (request, _) -> Response in
            try search(FormParameters(request.uri.query ?? "").all)
        }
    }

    private func search(_ parameters: [FormParameters.Parameter]) throws(HubError) -> Response {
        var isFound = true
        for parameter in parameters {
            let values = parameter.value.split(separator: ",").map(String.init)
            switch (release, parameter.name) {
            case (_, "_format"): try FormatParameter.check(parameter.value)
            case (_, "_pretty"), (_, "_count"): break
            case (_, "_id"): isFound = isFound && values.contains(Self.id)
            case (.r4, "code"):
                let system = "http://hl7.org/fhir/fhir-types"
                isFound =
                    isFound && values.contains { ["SubscriptionTopic", "\(system)|SubscriptionTopic"].contains($0) }
            case (.r4b, "url"), (.r4b, "derived-or-self"): isFound = isFound && values.contains(canonical)
            case (.r4b, "resource"): isFound = isFound && values.contains { $0.hasSuffix("Immunization") }
            case (.r4b, "title"):
                isFound = isFound && values.contains { "vaccination record change".hasPrefix($0.lowercased()) }
            case (.r4b, "trigger-description"):
                let triggers = ["recorded", "changed", "removed"]
                isFound = isFound && values.contains { value in triggers.contains { $0.hasPrefix(value.lowercased()) } }
            default:
                throw HubError(
                    .badRequest,
                    .notSupported,
                    .badRequest,
                    "The parameter \(parameter.name.quotedForAnswer) is not supported."
                )
            }
        }
        let url = "\(publicURL)/FHIR/\(release.path)/\(type)"
        var bundle = JSONObject()
        bundle["resourceType"] = "Bundle"
        bundle["type"] = "searchset"
        bundle["total"] = isFound ? 1 : 0
        bundle["link"] = [
            ["relation": "self", "url": .string(url + SearchText.query(parameters.map { ($0.name, $0.value) }))]
        ]
        if isFound {
            bundle["entry"] = [
                ["fullUrl": .string("\(url)/\(Self.id)"), "resource": topic, "search": ["mode": "match"]]
            ]
        }
        return .fhir(JSONValue.object(bundle).bytes)
    }

    private var canonical: String { publicURL + "/FHIR/SubscriptionTopic/\(Self.id)" }
}

extension TopicRoutes {
    /// The topic under its canonical URL.
    func canonical(_ context: HubContext) throws(HubError) -> Response {
        guard context.parameters.get("id") == Self.id else { throw .notFound("There is no topic of this name.") }
        return .fhir(topic.bytes)
    }
}
