/// A mailbox that files come into and acknowledgements leave by; owned by the intake, implemented on MESH.
package protocol FeedMailbox: Sendable {
    /// A message's content.
    associatedtype Content: AsyncSequence, Sendable where Content.Element == [UInt8]

    /// Names the mailbox.
    var name: String { get }

    /// Shows that the mailbox is in use.
    func handshake() async throws(MailboxError)

    /// A page of what is in it, oldest first, of every kind.
    ///
    /// - Parameter next: From the page before; nil for the start.
    /// - Returns: The page.
    /// - Throws: ``MailboxError``.
    func page(from next: String?) async throws(MailboxError) -> MailboxPage

    /// Begins to read a message.
    func open(_ id: String) async throws(MailboxError) -> MailboxMessage<Content>

    /// Says that a message is kept here; saying so twice does no harm.
    func acknowledge(_ id: String) async throws(MailboxError)

    /// Sends an acknowledgement file.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - letter: Where it goes, and under which id.
    /// - Returns: What the mailbox's operator said to it.
    /// - Throws: ``MailboxError``; errors of the file's own reading too.
    func send(_ file: AcknowledgementFile, _ letter: MailboxLetter) async throws -> MailboxReceipt
}

/// Part of what is in a mailbox.
package struct MailboxPage: Sendable, Hashable {
    package var messages: [String]
    /// Where the next page begins; nil on the last.
    package var next: String?

    package init(messages: [String], next: String? = nil) {
        self.messages = messages
        self.next = next
    }
}

/// A message that came in.
package struct MailboxMessage<Content: Sendable>: Sendable {
    package var notice: MailboxNotice
    package var content: Content

    package init(notice: MailboxNotice, content: Content) {
        self.notice = notice
        self.content = content
    }
}

/// What is known of a message without its content.
package struct MailboxNotice: Sendable, Hashable {
    /// What a message is.
    package enum Kind: Sendable, Hashable {
        /// A file.
        case data
        /// What became of an earlier message of ours.
        case report(MailboxReport)
        /// Neither; in words.
        case unknown(String)
    }

    package var id: String
    package var kind: Kind
    /// The mailbox it comes from.
    package var sender: String?
    package var workflow: String
    package var localID: String?
    package var fileName: String?
    package var contentType: String?

    package init(
        id: String,
        kind: Kind,
        sender: String?,
        workflow: String,
        localID: String? = nil,
        fileName: String? = nil,
        contentType: String? = nil
    ) {
        self.id = id
        self.kind = kind
        self.sender = sender
        self.workflow = workflow
        self.localID = localID
        self.fileName = fileName
        self.contentType = contentType
    }
}

/// Says that a message of ours was accepted, but did not arrive (`mesh.md` §7).
package struct MailboxReport: Sendable, Hashable {
    package var messageID: String?
    package var localID: String?
    package var code: String
    package var text: String

    package init(messageID: String?, localID: String?, code: String, text: String) {
        self.messageID = messageID
        self.localID = localID
        self.code = code
        self.text = text
    }
}

/// What came of sending.
package struct MailboxReceipt: Sendable, Hashable {
    /// The message's id; nil where it is there several times and nobody tells the ids.
    package var messageID: String?
    /// Copies the receiver gets beyond the first.
    package var duplicates: Int

    package init(messageID: String?, duplicates: Int = 0) {
        self.messageID = messageID
        self.duplicates = duplicates
    }
}
