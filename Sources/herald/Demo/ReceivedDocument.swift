import FHIR

/// What a practice's system files of a Digital Medicine message.
struct ReceivedDocument: Sendable, Hashable {
    /// The id of the MessageHeader, which answers name.
    let messageID: String
    /// The Composition's identifier, which the next document of the record names.
    let composition: String
    /// The Composition identifier of the document that this one replaces.
    let replaces: String?
    let version: String
    /// Whether the vaccination was entered in error.
    let isWithdrawal: Bool
    /// The supplier's identifier of the vaccination.
    let record: String

    /// The document of a message; nil where one of its parts is missing.
    init?(message: JSONValue) {
        let entries = Self.resources(of: message)
        guard let header = entries["MessageHeader"], let document = entries["Bundle"] else { return nil }
        let parts = Self.resources(of: document)
        guard let messageID = header["id"]?.string,
            let composition = parts["Composition"], let identifier = composition.at("identifier", "value")?.string,
            let version = composition.at("meta", "versionId")?.string,
            let record = parts["Immunization"]?["identifier"]?[0]?["value"]?.string
        else { return nil }
        self.messageID = messageID
        self.composition = identifier
        self.version = version
        self.record = record
        replaces = composition["relatesTo"]?[0]?.at("targetIdentifier", "value")?.string
        isWithdrawal = composition["status"]?.string == "entered-in-error"
    }

    /// The first resource of each type.
    private static func resources(of bundle: JSONValue) -> [String: JSONValue] {
        let resources = (bundle["entry"]?.array ?? []).compactMap { $0["resource"] }
        return Dictionary(resources.map { ($0["resourceType"]?.string ?? "", $0) }) { first, _ in first }
    }
}
