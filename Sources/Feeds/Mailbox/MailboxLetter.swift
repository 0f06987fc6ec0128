package import Foundation

/// An acknowledgement file that is to be sent to the mailbox a feed came from.
package struct MailboxLetter: Sendable, Hashable {
    /// Chosen and kept before the first attempt, the same in every one (M-10).
    package var localID: String
    package var recipient: String
    package var workflow: String
    package var feed: FeedID
    package var kind: AcknowledgementKind
    /// Attempts before this one: the outcome of any may be unknown (M-11).
    package var attempts: Int
    package var firstFailureAt: Date?

    package init(
        localID: String,
        recipient: String,
        workflow: String,
        feed: FeedID,
        kind: AcknowledgementKind,
        attempts: Int = 0,
        firstFailureAt: Date? = nil
    ) {
        self.localID = localID
        self.recipient = recipient
        self.workflow = workflow
        self.feed = feed
        self.kind = kind
        self.attempts = attempts
        self.firstFailureAt = firstFailureAt
    }

    /// The letters of a feed, in the order they are sent.
    ///
    /// - Parameters:
    ///   - feed: The feed.
    ///   - sender: The mailbox it came from.
    ///   - workflow: The workflow it came with; answers have `_ACK` appended (`mesh.md` §1).
    /// - Returns: One for each kind of file.
    package static func all(of feed: FeedID, to sender: String, workflow: String) -> [MailboxLetter] {
        AcknowledgementKind.allCases.map { kind in
            MailboxLetter(
                localID: "\(feed)_\(kind.suffix)",
                recipient: sender,
                workflow: workflow + "_ACK",
                feed: feed,
                kind: kind
            )
        }
    }
}

extension AcknowledgementKind {
    fileprivate var suffix: String {
        switch self {
        case .infrastructure: "InfAck"
        case .businessCSV: "BusAck_csv"
        case .businessJSON: "BusAck_json"
        }
    }
}
