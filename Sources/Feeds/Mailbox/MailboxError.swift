/// Why a mailbox could not be used, by what to do next (`mesh.md` §8).
package struct MailboxError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What to do next.
    package enum Kind: Sendable, Hashable {
        /// Try again with growing pauses.
        case away
        /// The server failed on this call: try again, but not for ever.
        case fault
        /// An operator has to set the mailbox up rightly.
        case stopped
        /// The message cannot be had now; the next poll may.
        case notYet
        /// There is no such message.
        case gone
        /// The call is refused and stays refused.
        case refused
        /// The process is stopping.
        case cancelled
    }

    package let kind: Kind
    /// For logs and operators; nothing secret or personal.
    package let description: String
    /// How long the other side wants to be left alone.
    package let retryAfter: Duration?

    package init(_ kind: Kind, _ description: String, retryAfter: Duration? = nil) {
        self.kind = kind
        self.description = description
        self.retryAfter = retryAfter
    }
}
