package import Foundation

/// A record as it stands, live or deleted, with its latest content.
package struct RecordSnapshot: Sendable, Hashable {
    package var id: RecordID
    /// Counts every accepted action, removals too: by it a writer sees whether somebody was quicker.
    package var change: Int32
    /// The FHIR version; a removal does not count.
    package var version: Int32
    package var isDeleted: Bool
    /// What the supplier calls it.
    package var identifier: RecordIdentifier
    package var nhsNumber: NHSNumber?
    /// Short code of the vaccine type.
    package var vaccineType: String
    /// When the latest content came to be.
    package var committedAt: Date
    /// The FHIR R4 Immunization with `id` and `meta`, as UTF-8 JSON.
    package var resource: [UInt8]

    package init(
        id: RecordID,
        change: Int32,
        version: Int32,
        isDeleted: Bool,
        identifier: RecordIdentifier,
        nhsNumber: NHSNumber?,
        vaccineType: String,
        committedAt: Date,
        resource: [UInt8]
    ) {
        self.id = id
        self.change = change
        self.version = version
        self.isDeleted = isDeleted
        self.identifier = identifier
        self.nhsNumber = nhsNumber
        self.vaccineType = vaccineType
        self.committedAt = committedAt
        self.resource = resource
    }
}
