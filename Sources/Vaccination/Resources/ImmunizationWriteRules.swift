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

    /// A body that updates a record carries the record's id.
    ///
    /// - Parameters:
    ///   - resource: the body.
    ///   - id: the id in the request's path.
    /// - Returns: what is wrong; nothing if the body is meant for the record.
    package static func findings(updating resource: JSONValue, id: String) -> [RowFinding] {
        guard resource["id"]?.string?.lowercased() != id.lowercased() else { return [] }
        return [identity("The provided immunization id:\(id) doesn't match with the content of the request body")]
    }

    /// A body that updates a record carries the identifier the record was stored with.
    ///
    /// - Parameter places: which parts of the identifier differ, see ``RecordRefusal/otherIdentifier(_:)``.
    /// - Returns: what is wrong.
    package static func finding(otherIdentifier places: [String]) -> RowFinding {
        identity("\(places.joined(separator: " and ")) doesn't match with the stored content")
    }

    private static func identity(_ text: String) -> RowFinding {
        RowFinding(kind: .identity, column: nil, text: text)
    }
}
