import FHIR

/// A parameter of the search, as the CapabilityStatement tells of it: one for each that the search takes.
struct SearchParameter {
    private let name: String
    private let type: String
    private let definition: String?
    private let documentation: String?

    private init(_ name: String, _ type: String, definition: String? = nil, _ documentation: String? = nil) {
        self.name = name
        self.type = type
        self.definition = definition
        self.documentation = documentation
    }

    static let all = [
        SearchParameter("patient.identifier", "token", definition: "clinical-patient", number),
        SearchParameter("patient:identifier", "token", definition: "clinical-patient", number),
        SearchParameter("patient", "reference", definition: "clinical-patient", "Patient/NUMBER or NUMBER"),
        SearchParameter("-immunization.target", "token", "Codes of vaccine types, with commas"),
        SearchParameter("immunization.target", "token", "The same"),
        SearchParameter("target-disease", "token", definition: "Immunization-target-disease"),
        SearchParameter("identifier", "token", definition: "clinical-identifier", "The supplier's own, SYSTEM|VALUE"),
        SearchParameter("-date.from", "date", "The first day, as it is written in the record"),
        SearchParameter("-date.to", "date", "The last day, as it is written in the record"),
        SearchParameter("date", "date", definition: "clinical-date"),
        SearchParameter("status", "token", definition: "Immunization-status"),
        SearchParameter("vaccine-code", "token", definition: "Immunization-vaccine-code"),
        SearchParameter("_id", "token", definition: "Resource-id"),
    ]

    private static let number = "https://fhir.nhs.uk/Id/nhs-number|NUMBER"

    var json: JSONValue {
        var members = JSONObject()
        members["name"] = .string(name)
        members["definition"] = definition.map { .string("http://hl7.org/fhir/SearchParameter/" + $0) }
        members["type"] = .string(type)
        members["documentation"] = documentation.map { .string($0) }
        return .object(members)
    }
}
