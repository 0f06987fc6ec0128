package import Foundation

/// Where the history is read from: current, live records only.
///
/// Implemented on PostgreSQL.
package protocol HistoryStore: Sendable {
    /// A patient's records, latest vaccination first.
    func records(of patient: NHSNumber) async throws -> [StoredImmunization]

    /// The person who has, or once had, this number, as the patient directory knows them.
    func person(_ number: NHSNumber) async throws -> HistoryPerson

    /// One record; nil where it is unknown or deleted.
    func record(_ id: RecordID) async throws -> StoredImmunization?
}

/// A live record as it is stored.
package struct StoredImmunization: Sendable, Hashable {
    package var id: RecordID
    package var version: Int32
    package var nhsNumber: NHSNumber?
    /// Short code of the vaccine type.
    package var vaccineType: String
    package var committedAt: Date
    /// The FHIR R4 Immunization with `id` and `meta`, as UTF-8 JSON.
    package var resource: [UInt8]

    package init(
        id: RecordID,
        version: Int32,
        nhsNumber: NHSNumber?,
        vaccineType: String,
        committedAt: Date,
        resource: [UInt8]
    ) {
        self.id = id
        self.version = version
        self.nhsNumber = nhsNumber
        self.vaccineType = vaccineType
        self.committedAt = committedAt
        self.resource = resource
    }
}
