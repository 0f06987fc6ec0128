package import Foundation

/// What is looked for in the trail; nil asks for everything.
package struct AuditQuery: Hashable, Sendable {
    /// Whose records were asked for.
    package var patient: PatientNumber?
    package var client: String?
    /// `Type/id`.
    package var entity: String?
    package var outcome: AuditOutcome?
    /// Only what was refused or failed, whatever the outcome was else.
    package var isFailureOnly = false
    package var interaction: AuditInteraction?
    /// From this time on.
    package var from: Date?
    /// Before this time.
    package var until: Date?
    /// Behind this place, for the next page.
    package var after: AuditPlace?
    /// How many at most.
    package var limit = 100

    package init() {}
}

/// A record's place among all, the latest first; new records never come behind it.
package struct AuditPlace: Hashable, Sendable, LosslessStringConvertible {
    /// Microseconds since 1970-01-01 00:00 UTC.
    package let recorded: Int64
    package let id: Int64

    package init(_ row: AuditRow) {
        recorded = Int64((row.recorded.timeIntervalSince1970 * 1_000_000).rounded())
        id = row.id
    }

    /// `MICROSECONDS-ID`.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let recorded = Int64(parts[0]), let id = Int64(parts[1]), recorded >= 0, id >= 0,
            recorded < 1 << 56
        else { return nil }
        self.recorded = recorded
        self.id = id
    }

    package var description: String { "\(recorded)-\(id)" }
}

/// Where the trail is read; implemented on PostgreSQL.
package protocol AuditReader: Sendable {
    /// Records, the latest first.
    func auditRows(_ query: AuditQuery) async throws -> [AuditRow]

    /// The record of an event id, or nil.
    func auditRow(_ eventID: UUID) async throws -> AuditRow?
}
