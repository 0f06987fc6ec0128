import FHIR

/// What a subscriber reads in a national event message (`nems.md` §5).
struct ReceivedEvent: Sendable, Hashable {
    /// `new`, `update` or `delete`.
    let type: String
    /// The supplier's identifier of the vaccination.
    let record: String

    private static let typeURL = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-MessageEventType-1"

    /// The event of a message; nil where one of its parts is missing.
    init?(message: JSONValue) {
        let resources = (message["entry"]?.array ?? []).compactMap { $0["resource"] }
        let header = resources.first { $0["resourceType"]?.string == "MessageHeader" }
        let immunization = resources.first { $0["resourceType"]?.string == "Immunization" }
        let extended = header?["extension"]?.array?.first { $0["url"]?.string == Self.typeURL }
        guard let type = extended?["valueCodeableConcept"]?["coding"]?[0]?["code"]?.string,
            let record = immunization?["identifier"]?[0]?["value"]?.string
        else { return nil }
        self.type = type
        self.record = record
    }
}
