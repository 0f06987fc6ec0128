package import Foundation

/// Messages that came in for others than the feeds' intake: answers to letters, events of other publishers.
///
/// They were kept, encrypted, before they were acknowledged; a message may come twice under two ids (M-13).
package protocol PostInbox: Sendable {
    /// Messages that nobody has settled yet, oldest first.
    ///
    /// - Throws: Errors of the store, `SecretError` where one cannot be opened.
    func unsettled(workflows: [String], limit: Int) async throws -> [IncomingLetter]

    /// Files what a message came to, in a word or two without anything personal; it is not handed out again.
    func settle(_ letter: IncomingLetter, as outcome: String) async throws
}

/// A message that came in.
package struct IncomingLetter: Sendable, Hashable {
    /// The own mailbox it came into.
    package var mailbox: String
    /// The office's id of it.
    package var id: String
    /// The mailbox it comes from.
    package var sender: String?
    package var workflow: String
    package var localID: String?
    package var fileName: String?
    package var contentType: String?
    package var receivedAt: Date
    package var body: [UInt8]

    package init(
        mailbox: String,
        id: String,
        sender: String?,
        workflow: String,
        localID: String?,
        fileName: String?,
        contentType: String?,
        receivedAt: Date,
        body: [UInt8]
    ) {
        self.mailbox = mailbox
        self.id = id
        self.sender = sender
        self.workflow = workflow
        self.localID = localID
        self.fileName = fileName
        self.contentType = contentType
        self.receivedAt = receivedAt
        self.body = body
    }
}
