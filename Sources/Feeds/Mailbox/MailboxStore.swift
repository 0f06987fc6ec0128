package import Foundation

/// Where mailboxes, their messages and letters are on file; owned by the intake, implemented on PostgreSQL.
package protocol MailboxStore: Sendable {
    /// Takes the mailbox for oneself, or holds on to it: one process empties it at a time (M-20).
    ///
    /// - Returns: False when another process has it.
    func hold(_ mailbox: String, owner: UUID, lease: Duration) async throws -> Bool

    /// Leaves the mailbox to whoever comes next.
    func letGo(_ mailbox: String, owner: UUID) async throws

    /// Files how the mailbox is: what is wrong with it, or nil and how many messages are left in it.
    func note(_ mailbox: String, trouble: String?, waiting: Int?) async throws

    /// For whom another mailbox sends; nil for nobody: its files are not taken.
    func sender(behind mailbox: String) async throws -> FeedSender?

    /// What is on file of a message; nil for one that is new.
    func entry(of message: String, in mailbox: String) async throws -> MailboxEntry?

    /// Files that a message is about to be received as a feed.
    func expect(_ notice: MailboxNotice, in mailbox: String, as feed: FeedID) async throws

    /// Whether all of a feed's content is on file.
    func isComplete(_ feed: FeedID) async throws -> Bool

    /// Files that a message is kept as a feed, and plans its letters, in one transaction.
    ///
    /// A message that is kept already stays as it is.
    func settle(_ message: String, in mailbox: String, as feed: FeedID, letters: [MailboxLetter]) async throws

    /// Files a message that stays in the mailbox, and why; one that was left before is left anew.
    func leave(_ notice: MailboxNotice, in mailbox: String, reason: String) async throws

    /// Keeps a message that nobody here can use, with its content.
    func quarantine(
        _ notice: MailboxNotice,
        in mailbox: String,
        reason: String,
        content: [UInt8]
    ) async throws

    /// Keeps a message that is no feed for whoever reads its workflow, before it is acknowledged.
    func keep(_ notice: MailboxNotice, in mailbox: String, content: [UInt8]) async throws

    /// Files a report, and marks the letter it is about as undelivered, in one transaction (M-07).
    ///
    /// - Returns: The local id of the letter; nil for none of ours, or one that was known to be undelivered.
    func take(_ report: MailboxReport, _ notice: MailboxNotice, in mailbox: String) async throws -> String?

    /// Letters whose next attempt is due and whose feed has got so far; of one feed the earlier kind first.
    func dueLetters(of mailbox: String, limit: Int) async throws -> [MailboxLetter]

    /// Files that an attempt begins, before it does.
    func beginAttempt(_ localID: String) async throws

    /// Files that a letter was accepted.
    func markSent(_ localID: String, _ receipt: MailboxReceipt) async throws

    /// Files that there is nothing to send.
    func drop(_ localID: String) async throws

    /// Puts the next attempt off.
    ///
    /// - Parameters:
    ///   - localID: The letter.
    ///   - pause: For how long.
    ///   - trouble: What went wrong; nil when it was only too early.
    /// - Throws: What the store throws.
    func postpone(_ localID: String, for pause: Duration, trouble: String?) async throws

    /// Gives a letter up until an operator says otherwise.
    func park(_ localID: String, trouble: String) async throws
}

/// What is on file of a message.
package enum MailboxEntry: Sendable, Hashable {
    /// Its content was on its way in.
    case arriving(FeedID)
    /// Nothing has to be done any more but to acknowledge it.
    case settled
    /// It stays in the mailbox, not yet taken and not yet given up.
    case left(since: Date, sender: String?, workflow: String)
}
