/// Where single records are changed and where their versions are kept; implemented on PostgreSQL.
package protocol RecordStore: Sendable {
    /// What the audit trail holds of a change; its target is not known here.
    associatedtype AuditEntry: Sendable

    /// A record as it stands, deleted ones too; nil where there never was one.
    func snapshot(of id: RecordID) async throws -> RecordSnapshot?

    /// One version's content; nil where there is no such version.
    func version(_ version: Int32, of id: RecordID) async throws -> RecordVersion?

    /// A page of a record's log.
    func log(of id: RecordID, _ range: RecordLogRange) async throws -> RecordLog

    /// Makes a change together with its version, its event and its audit entry, in one transaction.
    ///
    /// - Parameters:
    ///   - plan: What was decided on the record as it was read.
    ///   - author: On whose behalf.
    ///   - audit: Makes the audit entry out of what came to be.
    /// - Returns: The version or removal that came to be; nil where somebody else has changed the record since it was read,
    ///   and nothing was done.
    /// - Throws: What the database throws.
    func commit(
        _ plan: RecordPlan,
        by author: RecordAuthor,
        audit: (RecordVersion) -> AuditEntry
    ) async throws -> RecordVersion?
}

/// Who changes a record.
package struct RecordAuthor: Sendable, Hashable {
    /// The supplier the change is recorded for.
    package var supplier: String
    /// The API client that asked for it.
    package var client: String

    package init(supplier: String, client: String) {
        self.supplier = supplier
        self.client = client
    }
}
