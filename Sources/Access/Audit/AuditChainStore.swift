package import Foundation

/// Seals, checks and gives out the trail; implemented on PostgreSQL.
package protocol AuditChainStore: Sendable {
    /// Seals records that have no seal yet, in the order they came; one sealer works at a time.
    ///
    /// - Returns: How many were sealed; 0 also where another process is at it.
    func sealAudit(limit: Int) async throws -> Int

    /// Checks every record against its seal, and what stands beside the chain; a mark, a seal that was kept elsewhere, finds
    /// a chain that was rewritten or cut as a whole too.
    func verifyAudit(against mark: AuditMark?) async throws -> AuditVerification

    /// Removes sealed records from the beginning of the chain, up to the first that came at this time or later; the last
    /// seal that goes stays as the chain's anchor.
    ///
    /// - Returns: How many went; call again until it is 0.
    func releaseAudit(before: Date, limit: Int) async throws -> Int

    /// Lends the sealed records that came in an interval, in the order of the chain.
    func sealedRows(from start: Date, until end: Date, _ body: (AuditLink) throws -> Void) async throws
}

/// A record with its place in the chain.
package struct AuditLink: Hashable, Sendable {
    package let number: Int64
    package let seal: [UInt8]
    package let row: AuditRow

    package init(number: Int64, seal: [UInt8], row: AuditRow) {
        self.number = number
        self.seal = seal
        self.row = row
    }
}
