import Crypto
import Foundation
import Synchronization

/// Tokens whose rows 2 to 9 held a moment ago, by their SHA-256: an ES384 verification costs a millisecond of processor
/// time, and a client sends the same token with every request for ten minutes.
///
/// A token is remembered for 30 seconds, so that one whose key was withdrawn ends within a minute; its own time, the
/// registration and the revocation are asked for each request.
final class VerifiedTokens: Sendable {
    private struct Entry {
        let token: AccessToken
        let verifiedAt: Date
    }

    /// How long a token is remembered, in seconds.
    static let memory: TimeInterval = 30

    private let capacity: Int
    private let entries = Mutex<[SHA256Digest: Entry]>([:])

    init(capacity: Int = 4096) { self.capacity = capacity }

    func token(_ digest: SHA256Digest, at now: Date) -> AccessToken? {
        entries.withLock { entries in
            guard let entry = entries[digest], Self.isRecent(entry, now) else { return nil }
            return entry.token
        }
    }

    func insert(_ token: AccessToken, for digest: SHA256Digest, now: Date) {
        entries.withLock { entries in
            if entries.count >= capacity { entries = entries.filter { Self.isRecent($0.value, now) } }
            // More good tokens at once than there is room for: starting over costs one verification each.
            if entries.count >= capacity { entries.removeAll(keepingCapacity: true) }
            entries[digest] = Entry(token: token, verifiedAt: now)
        }
    }

    var count: Int { entries.withLock(\.count) }

    /// Also false where the clock went back.
    private static func isRecent(_ entry: Entry, _ now: Date) -> Bool {
        (0..<memory).contains(now.timeIntervalSince(entry.verifiedAt))
    }
}
