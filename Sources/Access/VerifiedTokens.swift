import Crypto
import Foundation
import Synchronization

/// Tokens whose rows 2 to 9 held a moment ago, by their SHA-256: an ES384 verification costs a millisecond of processor
/// time, and a client sends the same token with every request for ten minutes.
///
/// Only what cannot change for these very bytes is remembered; time is asked for each request, and so are registration
/// and revocation, which come after the verifier (A-20 row 10).
final class VerifiedTokens: Sendable {
    private let capacity: Int
    private let tokens = Mutex<[SHA256Digest: AccessToken]>([:])

    init(capacity: Int = 4096) { self.capacity = capacity }

    subscript(digest: SHA256Digest) -> AccessToken? {
        tokens.withLock { $0[digest] }
    }

    func insert(_ token: AccessToken, for digest: SHA256Digest, now: Date) {
        tokens.withLock { tokens in
            if tokens.count >= capacity { tokens = tokens.filter { $0.value.expires > now } }
            // More good tokens at once than there is room for: starting over costs one verification each.
            if tokens.count >= capacity { tokens.removeAll(keepingCapacity: true) }
            tokens[digest] = token
        }
    }

    var count: Int { tokens.withLock(\.count) }
}
