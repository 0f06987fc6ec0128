package import Foundation

/// Where the history is read from: current, live records only.
///
/// Implemented on PostgreSQL.
package protocol HistoryStore: Sendable {
    /// The records of a selection in its order, so many at most, from the place after one that was read before.
    func records(
        _ selection: HistorySelection,
        after position: HistoryPosition?,
        limit: Int
    ) async throws -> [HistoryMatch]

    /// The key that cursors of searches are sealed with: 32 bytes, the same in every process of the installation.
    func searchKey() async throws -> [UInt8]

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
