/// The parameters of a request as the audit record keeps them.
package enum AuditParameters {
    /// Parameters whose values are kept; of any other the name alone is, since nobody knows what was put there.
    private static let known: Set<String> = [
        "patient.identifier", "patient", "identifier", "target-disease", "-immunization.target", "immunization.target",
        "vaccine-code", "procedure-code", "date", "-date.from", "-date.to", "date.from", "date.to", "status", "_id",
        "_include", "_elements", "_count", "_sort", "_since", "_at", "_cursor", "_total", "_summary", "_format",
        "_pretty", "agent", "entity", "outcome", "subtype", "filename", "limit", "after",
    ]

    /// `name=value&…` in the order they came; nil where there are none.
    package static func text(_ parameters: some Sequence<(String, String)>) -> String? {
        let text = parameters.map { name, value in
            // FHIR allows a modifier behind the name: date:missing, patient:identifier.
            let plain = name.split(separator: ":", maxSplits: 1).first.map(String.init) ?? ""
            return known.contains(plain) ? "\(name)=\(value)" : "\(name.prefix(64))=(not kept)"
        }
        .joined(separator: "&")
        return text.isEmpty ? nil : String(text.prefix(4096))
    }
}
