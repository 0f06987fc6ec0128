import Crypto

/// The secret that monitoring shows to see how the hub is.
package struct StatusKey: Hashable, Sendable {
    private let digest: SHA256Digest

    package init(_ text: String) { digest = SHA256.hash(data: Array(text.utf8)) }

    /// Whether this is the secret; takes as long for any text of the same length.
    package func matches(_ text: String) -> Bool {
        // Digests compare in constant time.
        SHA256.hash(data: Array(text.utf8)) == digest
    }
}
