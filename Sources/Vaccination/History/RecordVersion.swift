package import Foundation

/// One entry of a record's log: a version with its content, or a removal.
package struct RecordVersion: Sendable, Hashable {
    package var id: RecordID
    /// Counts the record's accepted actions from 1.
    package var change: Int32
    /// The FHIR version; a removal has that of the content it hides.
    package var version: Int32
    package var effect: RecordEffect
    package var nhsNumber: NHSNumber?
    /// Short code of the vaccine type.
    package var vaccineType: String
    package var committedAt: Date
    /// The FHIR R4 Immunization with `id` and `meta`, as UTF-8 JSON; nil for a removal.
    package var resource: [UInt8]?

    package init(
        id: RecordID,
        change: Int32,
        version: Int32,
        effect: RecordEffect,
        nhsNumber: NHSNumber?,
        vaccineType: String,
        committedAt: Date,
        resource: [UInt8]?
    ) {
        self.id = id
        self.change = change
        self.version = version
        self.effect = effect
        self.nhsNumber = nhsNumber
        self.vaccineType = vaccineType
        self.committedAt = committedAt
        self.resource = resource
    }
}

/// What became of a record.
package enum RecordEffect: Sendable, Hashable {
    /// New: version 1.
    case created
    /// Wholly replaced, or live again after a removal: the next version.
    case corrected
    /// Hidden: same version, content kept.
    case removed
}

/// A page of a record's log, latest entry first.
package struct RecordLog: Sendable, Hashable {
    /// How many entries there are over all pages.
    package var total: Int
    /// The vaccine types of all entries, on whatever page.
    package var vaccineTypes: Set<String>
    package var versions: [RecordVersion]

    package init(total: Int, vaccineTypes: Set<String>, versions: [RecordVersion]) {
        self.total = total
        self.vaccineTypes = vaccineTypes
        self.versions = versions
    }
}

/// Which entries of a record's log are asked for.
package struct RecordLogRange: Sendable, Hashable {
    /// How many entries at most.
    package var limit: Int
    /// Only entries before this change.
    package var before: Int32?
    /// Only entries committed at this moment or later.
    package var since: Date?
    /// Only entries about this person.
    package var patient: NHSNumber?

    package init(limit: Int, before: Int32? = nil, since: Date? = nil, patient: NHSNumber? = nil) {
        self.limit = limit
        self.before = before
        self.since = since
        self.patient = patient
    }
}
