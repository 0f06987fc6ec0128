package import Foundation
import Synchronization

/// Access tokens that were revoked before their end; implemented on PostgreSQL.
package protocol RevocationStore: Sendable {
    /// The revoked tokens whose time is not over.
    func revokedTokens(now: Date) async throws -> Set<TokenID>

    /// Revokes a token; revoking it again changes nothing.
    ///
    /// - Parameters:
    ///   - id: The token's `jti`.
    ///   - date: When the token ends by itself at the latest.
    ///   - actor: Who does it, for the record.
    /// - Throws: What the store throws.
    func revoke(_ id: TokenID, until date: Date, by actor: String) async throws
}

/// The revoked tokens, read every few seconds rather than for each request.
package final class RevocationList: Sendable {
    private struct Reading {
        let tokens: Set<TokenID>
        let readAt: ContinuousClock.Instant
    }

    /// How long a revocation may stay unnoticed.
    package static let maximumAge: Duration = .seconds(5)

    private let store: any RevocationStore
    private let now: @Sendable () -> Date
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let reading = Mutex<Reading?>(nil)

    package init(
        store: any RevocationStore,
        now: @escaping @Sendable () -> Date,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.store = store
        self.now = now
        self.clock = clock
    }

    /// Whether the token was revoked.
    ///
    /// - Throws: What the store throws: a token that cannot be looked up is not accepted.
    package func contains(_ id: TokenID) async throws -> Bool {
        let asked = clock()
        if let reading = reading.withLock({ $0 }), asked - reading.readAt < Self.maximumAge {
            return reading.tokens.contains(id)
        }
        let tokens = try await store.revokedTokens(now: now())
        reading.withLock { $0 = Reading(tokens: tokens, readAt: asked) }
        return tokens.contains(id)
    }
}
