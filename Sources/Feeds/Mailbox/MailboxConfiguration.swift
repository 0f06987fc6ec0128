/// Settings of the intake from a mailbox.
package struct MailboxConfiguration: Sendable {
    /// The workflow that files come with; answers have `_ACK` appended.
    package var workflow: String
    /// Workflows whose messages are kept for others: answers to what was sent (``MailboxStore/keep(_:in:content:)``).
    package var postWorkflows: Set<String> = []
    /// From one look into the mailbox to the next (M-20).
    package var pollInterval: Duration = .seconds(60)
    /// From one handshake to the next (M-22).
    package var handshakeInterval: Duration = .seconds(3600)
    /// How long the mailbox is held without a sign of life.
    package var lease: Duration = .seconds(15)
    /// From one look for letters to the next.
    package var letterInterval: Duration = .seconds(1)
    /// Letters on their way at the same time (M-20).
    package var lettersAtOnce = 8
    /// How long a message that nobody here can use stays in the mailbox (M-25).
    package var patience: Duration = .seconds(24 * 3600)
    /// Bytes of such a message that are kept at most; a larger one stays in the mailbox until it expires there.
    package var quarantineBytes = 64 << 20
    /// For how long a letter is tried (`delivery.md` D-32).
    package var letterBudget: Duration = .seconds(72 * 3600)
    /// The pause after so many failures in a row: of an outage, or of a mailbox that is set up wrongly.
    package var pause: @Sendable (_ failures: Int, _ isStopped: Bool) -> Duration

    package init(workflow: String, pause: @escaping @Sendable (_ failures: Int, _ isStopped: Bool) -> Duration) {
        self.workflow = workflow
        self.pause = pause
    }
}
