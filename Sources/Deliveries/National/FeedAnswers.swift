package import Messages

/// Where answers of a feed's consumer are taken down; implemented on PostgreSQL (`nis-feed.md` §6).
package protocol FeedAnswers: Sendable {
    /// Takes an answer down, with what follows from it.
    ///
    /// Taking it again changes nothing (M-13).
    /// - Parameters:
    ///   - answer: What was answered.
    ///   - base: The data file's name, without its extension.
    ///   - mailbox: Who answers: only the consumer may.
    /// - Returns: What follows; nil where nobody waits for it.
    /// - Throws: Errors of the store.
    func take(_ answer: FeedAnswer, to base: String, from mailbox: String) async throws -> FeedReaction?
}

/// What follows from an answer.
package enum FeedReaction: Sendable, Hashable {
    /// The consumer has the file.
    case received
    /// The feed stops.
    case stopped(FeedStop)
    /// Rows are listed for operators.
    case failures(Int)
    /// It was known already.
    case ignored
}
