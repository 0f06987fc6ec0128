package import Messages

/// Where answers of practices are on file beside the documents they answer; owned by ``AnswerReader``, implemented on
/// PostgreSQL.
package protocol AnswerStore: PostInbox {
    /// Files an answer, moves its document on, does what follows from it (`gp-digital-medicine.md` §9.3), and settles the
    /// message, in one transaction.
    ///
    /// - Parameters:
    ///   - answer: What the message says.
    ///   - letter: The message.
    /// - Returns: What it came to.
    /// - Throws: Errors of the store.
    func take(_ answer: ITKAnswer, _ letter: IncomingLetter) async throws -> AnswerOutcome
}

/// What an answer came to.
package struct AnswerOutcome: Sendable, Hashable {
    /// A word: the document's state, or why it was not applied.
    package var word: String
    /// What followed from it.
    package var reactions: [DocumentProgress.Reaction]

    package init(_ word: String, reactions: [DocumentProgress.Reaction] = []) {
        self.word = word
        self.reactions = reactions
    }

    /// The message is none of Herald's.
    package static let unknownMessage = AnswerOutcome("unknown-message", reactions: [.tellOperator])
    /// The receiver could not read which message it was (G-27).
    package static let unreadableMessage = AnswerOutcome("unreadable-message", reactions: [.tellOperator])
    /// It comes from another mailbox than the document went to (G-26).
    package static let otherMailbox = AnswerOutcome("other-mailbox", reactions: [.tellOperator])

    /// Whether a person has to look.
    package var needsPerson: Bool { reactions.contains { $0 != .traceAgain && $0 != .lookUpAgain } }
}
