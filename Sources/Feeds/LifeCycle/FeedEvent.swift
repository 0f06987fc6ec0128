package import Foundation

/// One entry of a feed's audit record (`csv-feed.md` §9).
package struct FeedEvent: Sendable, Hashable {
    /// What can happen to a feed.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// All of the content is here.
        case received
        /// The file is refused, or its upload broke off.
        case refused
        /// A worker began, or took over from one that is silent.
        case claimed
        case headerChecked = "header checked"
        case paused, resumed, cancelled, retried
        /// An unexpected error stopped it.
        case halted
        case queuePaused = "queue paused"
        case queueResumed = "queue resumed"
        /// Every row has its outcome, or the file ended before that.
        case finished
    }

    package var at: Date
    package var kind: Kind
    /// Client, operator or worker.
    package var actor: String
    package var detail: String?

    package init(at: Date, kind: Kind, actor: String, detail: String? = nil) {
        self.at = at
        self.kind = kind
        self.actor = actor
        self.detail = detail
    }
}
