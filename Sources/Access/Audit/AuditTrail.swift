/// Where audit records go: what the HTTP edge, the token endpoint and the commands write to.
///
/// A change writes its record in its own transaction instead, through the store (see ``AuditNotes``).
package protocol AuditTrail: Sendable {
    /// Returns once the record is durable.
    ///
    /// - Throws: What kept it from being written; then nothing that it tells of may leave (503).
    func record(_ record: AuditRecord) async throws
}

/// Writes audit records; implemented on PostgreSQL.
package protocol AuditStore: Sendable {
    /// Commits records together; one whose event id is there already is left as it is.
    func append(_ records: [AuditRecord]) async throws
}
