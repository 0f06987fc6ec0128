package import FHIR

/// What a body must say to create or to update the record it is sent for (immunization-mapping.md §3.7).
///
/// These rules are about the request and not about the vaccination; ``ImmunizationValidator`` has the others.
package enum ImmunizationWriteRules {
    /// A body that creates a record carries no id: the server makes it.
    package static func findings(creating resource: JSONValue) -> [RowFinding] {
        guard resource["id"] != nil else { return [] }
        return [identity("id field must not be present for CREATE operation")]
    }

    /// A body that updates a record carries the record's id, and the identifier the record was stored with.
    ///
    /// - Parameters:
    ///   - resource: the body.
    ///   - id: the id in the request's path.
    ///   - stored: the identifier of the stored record.
    /// - Returns: what is wrong; nothing if the body belongs to the record.
    package static func findings(
        updating resource: JSONValue,
        id: RecordID,
        stored: RecordIdentifier
    ) -> [RowFinding] {
        var findings: [RowFinding] = []
        if resource["id"]?.string?.lowercased() != id.description {
            findings.append(
                identity("The provided immunization id:\(id) doesn't match with the content of the request body")
            )
        }
        let identifier = resource["identifier"]?[0]
        var different: [String] = []
        // Byte for byte: strings that Swift holds equal may be two identifiers.
        if !Array(identifier?["system"]?.string?.utf8 ?? "".utf8).elementsEqual(stored.system.utf8) {
            different.append("identifier[0].system")
        }
        if !Array(identifier?["value"]?.string?.utf8 ?? "".utf8).elementsEqual(stored.value.utf8) {
            different.append("identifier[0].value")
        }
        if !different.isEmpty {
            let places = different.joined(separator: " and ")
            findings.append(identity("\(places) doesn't match with the stored content"))
        }
        return findings
    }

    private static func identity(_ text: String) -> RowFinding {
        RowFinding(kind: .identity, column: nil, text: text)
    }
}
