/// Where a message that was sent stands (`mesh.md` §4).
package struct Tracking: Hashable, Sendable {
    package let messageID: MessageID
    package let localID: String?
    package let status: Status?
    /// The code of a failure.
    package let statusCode: String?

    /// A message's state; a word that is none of these is nil.
    package enum Status: String, Hashable, Sendable {
        case uploading, accepted, acknowledged, undeliverable, error
    }
}

/// What MESH knows under a sender's own id.
package enum LocalIDMatch: Hashable, Sendable {
    /// Nothing was accepted under it.
    case none
    /// One message.
    case one(Tracking)
    /// Several messages: it was posted more than once; the ids are those that could be found out.
    case several([MessageID])
}

/// What came of sending a message.
package struct SendReceipt: Hashable, Sendable {
    /// The message's id; nil where MESH has the message several times and does not tell the ids.
    package let messageID: MessageID?
    /// Whether an earlier attempt had been accepted already (M-11).
    package var wasThere = false
    /// How often the receiver gets the message beyond once.
    package var duplicates = 0
}

/// A mailbox that takes a workflow.
package struct MailboxEntry: Hashable, Sendable {
    package let id: MailboxID
    package let name: String
}

/// Part of an inbox's list, oldest first.
package struct InboxPage: Hashable, Sendable {
    package let messages: [MessageID]
    /// Where the next page begins, which does not outlive the server; nil on the last.
    package let next: String?
    /// Messages in the inbox, about.
    package let approximateCount: Int?
}
