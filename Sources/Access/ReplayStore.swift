package import Foundation

/// Remembers which assertions have been used; shared by all hubs of an installation, so implemented on PostgreSQL.
package protocol ReplayStore: Sendable {
    /// Records that a client has used an assertion: at once and for good.
    ///
    /// - Parameters:
    ///   - digest: SHA-256 of the assertion's `jti`.
    ///   - client: Whose assertion it is; the same `jti` of another client is another one.
    ///   - date: Until when to remember it.
    ///   - now: The present time: what is over may be forgotten.
    /// - Returns: Whether it was new; false for a replay.
    /// - Throws: What the store throws: an assertion that cannot be recorded is not accepted.
    func recordAssertion(_ digest: [UInt8], of client: ClientID, until date: Date, now: Date) async throws -> Bool
}
