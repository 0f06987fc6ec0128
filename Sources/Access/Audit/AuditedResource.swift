/// A resource that was returned or changed.
package struct AuditedResource: Hashable, Sendable, Codable {
    /// A FHIR resource type, or `Feed`.
    package let type: String
    package let id: String
    package let version: Int?

    package init(_ type: String, id: String, version: Int? = nil) {
        self.type = type
        self.id = id
        self.version = version
    }

    /// `Immunization/ID`: what the trail is searched by.
    package var reference: String { "\(type)/\(id)" }
}
