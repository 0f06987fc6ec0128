import FHIR
import HTTPTypes
import Hummingbird

/// What the FHIR side offers: it is made from the routes that are there, so that it does not advertise what the server
/// refuses (Q-110).
struct CapabilityStatement {
    private let publicURL: String
    private let routes: Set<String>

    /// - Parameters:
    ///   - publicURL: The hub's public address.
    ///   - routes: What the router answers.
    init(publicURL: String, routes: [Router<HubContext>.RouteDescription]) {
        self.publicURL = publicURL
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
        if !codes.isEmpty { rest["resource"] = [immunization(codes)] }
        return [
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": "2026-11-27",
            "kind": "instance",
            "implementation": ["description": "Herald vaccination event hub", "url": .string(publicURL + "/FHIR/R4")],
            "fhirVersion": "4.0.1",
            "format": ["application/fhir+json"],
            "rest": [.object(rest)],
        ]
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
