/// A file of a run on its way: one MESH message, or one file in a folder.
package struct FeedMessage: Sendable, Hashable {
    package var run: FrozenRun
    /// The sender's own id, chosen before the first attempt (M-10).
    package var localID: String
    package var name: String
    package var isManifest: Bool
    package var bytes: Int
    package var sha256: String
    /// Attempts before this one: the outcome of the last may be unknown (M-11).
    package var attempts: Int
    /// Failures of this feed in a row.
    package var failures: Int

    package init(
        run: FrozenRun,
        localID: String,
        name: String,
        isManifest: Bool,
        bytes: Int,
        sha256: String,
        attempts: Int,
        failures: Int
    ) {
        self.run = run
        self.localID = localID
        self.name = name
        self.isManifest = isManifest
        self.bytes = bytes
        self.sha256 = sha256
        self.attempts = attempts
        self.failures = failures
    }
}

/// Carries files of runs to a consumer's mailbox; implemented on the MESH client.
package protocol FeedCarrier: Sendable {
    /// Sends a file; after an attempt whose outcome is unknown it asks first whether the message is there (M-11).
    ///
    /// - Parameters:
    ///   - message: What it is; one with ``FeedMessage/attempts`` may have been accepted already.
    ///   - path: The file, uncompressed.
    ///   - mailbox: The consumer's.
    /// - Returns: The receipt; only with it counts the file as accepted (D-07).
    /// - Throws: ``FeedCarrierError``.
    func carry(
        _ message: FeedMessage,
        file path: String,
        to mailbox: String
    ) async throws(FeedCarrierError) -> FeedReceipt
}

/// What came of sending a file.
package struct FeedReceipt: Sendable, Hashable {
    /// MESH's id; nil for a folder, and where the message is there several times and nobody tells the ids.
    package var messageID: String?
    /// Copies the receiver gets beyond the first.
    package var duplicates: Int

    package init(messageID: String? = nil, duplicates: Int = 0) {
        self.messageID = messageID
        self.duplicates = duplicates
    }
}

/// Why a file was not sent.
package struct FeedCarrierError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is to be done.
    package enum Kind: Sendable, Hashable {
        /// The carrier is away or failed: try again.
        case away
        /// It is set up wrongly: try again with long pauses, an operator has to look.
        case stopped
        /// The message is wrong and stays wrong: the feed stops.
        case refused
        /// The process is stopping.
        case cancelled
    }

    package var kind: Kind
    package var description: String
    package var retryAfter: Duration?

    package init(_ kind: Kind, _ description: String, retryAfter: Duration? = nil) {
        self.kind = kind
        self.description = description
        self.retryAfter = retryAfter
    }
}
