/// What proves to MESH whose mailbox it is; never shown in logs.
package struct MailboxCredentials: Hashable, Sendable, CustomStringConvertible {
    package let mailbox: MailboxID
    let password: String
    /// The environment's key, the same for all its mailboxes.
    let sharedKey: String

    /// The credentials of a mailbox.
    package init(mailbox: MailboxID, password: String, sharedKey: String) {
        self.mailbox = mailbox
        self.password = password
        self.sharedKey = sharedKey
    }

    package var description: String { "credentials of \(mailbox)" }
}
