import FHIR
import HTTPTypes
import Hummingbird
import Subscriptions

/// What the FHIR side offers: it is made from the routes that are there, so that it does not advertise what the server
/// refuses (Q-110).
struct CapabilityStatement {
    private let publicURL: String
    private let routes: Set<String>
    private let release: FHIRRelease

    /// - Parameters:
    ///   - publicURL: The hub's public address.
    ///   - routes: What the router answers.
    ///   - release: Of which base this tells.
    init(publicURL: String, routes: [Router<HubContext>.RouteDescription], release: FHIRRelease = .r4) {
        self.publicURL = publicURL
        self.release = release
        self.routes = Set(
            routes.map { "\($0.method.rawValue) \($0.path.description.replacing(/\{\w+\}/, with: "*"))" }
        )
    }

    /// The interactions that FHIR has, and the route of each; `*` for a part of the path that varies.
    private static let interactions = [
        ("read", "GET /FHIR/R4/Immunization/*"),
        ("vread", "GET /FHIR/R4/Immunization/*/_history/*"),
        ("update", "PUT /FHIR/R4/Immunization/*"),
        ("delete", "DELETE /FHIR/R4/Immunization/*"),
        ("history-instance", "GET /FHIR/R4/Immunization/*/_history"),
        ("create", "POST /FHIR/R4/Immunization"),
        ("search-type", "GET /FHIR/R4/Immunization"),
    ]

    var json: JSONValue {
        var rest = JSONObject()
        rest["mode"] = "server"
        rest["security"] = security
        let codes = Self.interactions.filter { routes.contains($0.1) }.map(\.0)
        let subscriptions = SubscriptionCapabilities(publicURL: publicURL, release: release, routes: routes)
        var resources = subscriptions.resources
        if release == .r4, !codes.isEmpty { resources.insert(immunization(codes), at: 0) }
        if !resources.isEmpty { rest["resource"] = .array(resources) }
        var statement = JSONObject()
        statement["resourceType"] = "CapabilityStatement"
        statement["status"] = "active"
        statement["date"] = "2026-11-27"
        statement["kind"] = "instance"
        if subscriptions.isOffered { statement["instantiates"] = [.string(subscriptions.serverStatement)] }
        statement["implementation"] = [
            "description": "Herald vaccination event hub", "url": .string("\(publicURL)/FHIR/\(release.path)"),
        ]
        statement["fhirVersion"] = release == .r4 ? "4.0.1" : "4.3.0"
        statement["format"] = ["application/fhir+json"]
        if subscriptions.isOffered { statement["implementationGuide"] = [.string(BackportURL.guide)] }
        statement["rest"] = [.object(rest)]
        return .object(statement)
    }

    private func immunization(_ codes: [String]) -> JSONValue {
        [
            "type": "Immunization",
            "profile": "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Immunization",
            "interaction": .array(codes.map { ["code": .string($0)] }),
            "versioning": "versioned-update",
            "readHistory": false,
            "updateCreate": false,
            "conditionalCreate": false,
            "conditionalUpdate": false,
            "conditionalDelete": "not-supported",
            "searchInclude": ["Immunization:patient"],
            "searchParam": .array(SearchParameter.all.map(\.json)),
        ]
    }

    private var security: JSONValue {
        let service = "http://terminology.hl7.org/CodeSystem/restful-security-service"
        let codes: JSONValue = .array(
            ["SMART-on-FHIR", "OAuth"].map { ["coding": [["system": .string(service), "code": .string($0)]]] }
        )
        guard routes.contains("POST /oauth2/token") else { return ["service": codes] }
        return [
            "extension": [
                [
                    "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
                    "extension": [["url": "token", "valueUri": .string(publicURL + "/oauth2/token")]],
                ]
            ],
            "service": codes,
        ]
    }
}
