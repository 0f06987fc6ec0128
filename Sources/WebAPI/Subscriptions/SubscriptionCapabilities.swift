import FHIR
import Subscriptions

/// What the CapabilityStatement says of subscriptions and topics (`fhir-subscriptions.md` §4.4, §8).
struct SubscriptionCapabilities {
    let publicURL: String
    let release: FHIRRelease
    let routes: Set<String>

    private var base: String { "/FHIR/\(release.path)" }

    var isOffered: Bool { routes.contains("POST \(base)/Subscription") }

    /// What a server of the guide conforms to.
    var serverStatement: String { release == .r4 ? BackportURL.serverR4 : BackportURL.serverR4B }

    var resources: [JSONValue] { isOffered ? [subscription, topic] : [] }

    private var subscription: JSONValue {
        let operations = [("status", "*/$status"), ("events", "*/$events"), ("resend", "*/$resend")].filter { _, path in
            routes.contains("POST \(base)/Subscription/\(path)")
        }
        return [
            "extension": [
                [
                    "url": .string(BackportURL.topicList),
                    "valueCanonical": .string(publicURL + "/FHIR/SubscriptionTopic/vaccination-record-change"),
                ]
            ],
            "type": "Subscription",
            "supportedProfile": [.string(BackportURL.subscription)],
            "interaction": Self.codes(["read", "create", "update", "delete", "search-type"]),
            "conditionalCreate": true,
            "searchParam": .array(Self.searchParameters),
            "operation": .array(
                operations.map { name, _ in
                    ["name": .string(name), "definition": .string(BackportURL.operation(name))]
                }
            ),
        ]
    }

    private var topic: JSONValue {
        guard release == .r4 else {
            return [
                "type": "SubscriptionTopic", "interaction": Self.codes(["read", "search-type"]),
                "searchParam": .array(
                    [
                        ("url", "uri"), ("derived-or-self", "uri"), ("resource", "uri"), ("title", "string"),
                        ("trigger-description", "string"),
                    ].map { name, type in
                        Self.parameter(name, type, "http://hl7.org/fhir/SearchParameter/SubscriptionTopic-\(name)")
                    }
                ),
            ]
        }
        return [
            "type": "Basic", "interaction": Self.codes(["read", "search-type"]),
            "searchParam": [Self.parameter("code", "token", "http://hl7.org/fhir/SearchParameter/clinical-code")],
        ]
    }

    private static let searchParameters: [JSONValue] = {
        let core = "http://hl7.org/fhir/SearchParameter/Subscription-"
        return [
            parameter("url", "uri", core + "url"), parameter("status", "token", core + "status"),
            parameter("topic", "string", BackportURL.searchParameter("topic")),
            parameter("contact", "token", core + "contact"), parameter("criteria", "string", core + "criteria"),
            parameter("payload", "token", core + "payload"), parameter("type", "token", core + "type"),
            parameter("filter-criteria", "string", BackportURL.searchParameter("filter-criteria")),
            parameter("custom-channel", "token", BackportURL.searchParameter("custom-channel")),
            parameter("payload-type", "token", BackportURL.searchParameter("payload-type")),
            parameter("identifier", "token", BackportURL.searchParameter("identifier")),
        ]
    }()

    private static func codes(_ codes: [String]) -> JSONValue { .array(codes.map { ["code": .string($0)] }) }

    private static func parameter(_ name: String, _ type: String, _ definition: String) -> JSONValue {
        ["name": .string(name), "definition": .string(definition), "type": .string(type)]
    }
}
