package import Foundation

/// How a feed and its runs stand, for operators.
package struct FeedOverview: Sendable, Codable, Hashable {
    /// The folder, or `mesh:` and the mailbox.
    package var endpoint: String
    /// Why nothing is sent until an operator decides; one of ``FeedStop``.
    package var stop: String?
    package var stopDetail: String?
    package var stoppedAt: Date?
    /// Why sending fails now.
    package var trouble: String?
    package var nextRunAt: Date?
    /// Who has asked for a full extract that is not made yet.
    package var fullAskedBy: String?
    /// The latest first.
    package var runs: [FeedRunView]
    /// Events that are held back.
    package var held: [HeldRowView]
    /// Messages on the answers' workflow that are no answers, or about no file that was sent.
    package var unknownAnswers: [UnknownAnswerView] = []

    package init(
        endpoint: String,
        stop: String?,
        stopDetail: String?,
        stoppedAt: Date?,
        trouble: String?,
        nextRunAt: Date?,
        fullAskedBy: String?,
        runs: [FeedRunView],
        held: [HeldRowView]
    ) {
        self.endpoint = endpoint
        self.stop = stop
        self.stopDetail = stopDetail
        self.stoppedAt = stoppedAt
        self.trouble = trouble
        self.nextRunAt = nextRunAt
        self.fullAskedBy = fullAskedBy
        self.runs = runs
        self.held = held
    }
}

/// A run as it stands.
package struct FeedRunView: Sendable, Codable, Hashable {
    /// What has become of a run.
    package enum State: String, Sendable, Codable, CaseIterable {
        /// Its files are being written.
        case writing
        /// Files wait to be accepted.
        case sending
        /// All were accepted.
        case sent
        /// The consumer has acknowledged every file.
        case received
        /// It has refused a file.
        case refused
        /// A file was not collected in time.
        case uncollected
        /// No answer for a day.
        case silent
    }

    package var sequence: Int64
    package var kind: String
    package var state: State
    package var fromEvent: Int64
    package var toEvent: Int64
    package var startedAt: Date
    package var sentAt: Date?
    package var files: Int
    package var rows: Int
    package var heldBack: Int
    /// Rows that the consumer could not take.
    package var failedRows: Int
    /// How often it was sent again.
    package var resends: Int

    package init(
        sequence: Int64,
        kind: String,
        state: State,
        fromEvent: Int64,
        toEvent: Int64,
        startedAt: Date,
        sentAt: Date?,
        files: Int,
        rows: Int,
        heldBack: Int,
        failedRows: Int,
        resends: Int
    ) {
        self.sequence = sequence
        self.kind = kind
        self.state = state
        self.fromEvent = fromEvent
        self.toEvent = toEvent
        self.startedAt = startedAt
        self.sentAt = sentAt
        self.files = files
        self.rows = rows
        self.heldBack = heldBack
        self.failedRows = failedRows
        self.resends = resends
    }
}

/// A message that nobody here can make anything of.
package struct UnknownAnswerView: Sendable, Codable, Hashable {
    package var messageID: String
    package var sender: String?
    package var fileName: String?
    package var receivedAt: Date

    package init(messageID: String, sender: String?, fileName: String?, receivedAt: Date) {
        self.messageID = messageID
        self.sender = sender
        self.fileName = fileName
        self.receivedAt = receivedAt
    }
}

/// An event whose row lacks a mandatory column.
package struct HeldRowView: Sendable, Codable, Hashable {
    package var number: Int64
    package var recordID: UUID
    package var run: Int64
    package var columns: [String]

    package init(number: Int64, recordID: UUID, run: Int64, columns: [String]) {
        self.number = number
        self.recordID = recordID
        self.run = run
        self.columns = columns
    }
}

/// A file of a run with what became of it.
package struct FeedFileView: Sendable, Codable, Hashable {
    package var name: String
    package var rows: Int
    package var bytes: Int64
    package var sha256: String
    /// Of the latest time it was sent: waiting, accepted or undelivered.
    package var state: String
    package var localID: String
    package var messageID: String?
    package var trouble: String?
    /// What the consumer answered: received or refused.
    package var answer: String?
    package var failures: [FeedRowFailureView]

    package init(
        name: String,
        rows: Int,
        bytes: Int64,
        sha256: String,
        state: String,
        localID: String,
        messageID: String?,
        trouble: String?,
        answer: String?,
        failures: [FeedRowFailureView]
    ) {
        self.name = name
        self.rows = rows
        self.bytes = bytes
        self.sha256 = sha256
        self.state = state
        self.localID = localID
        self.messageID = messageID
        self.trouble = trouble
        self.answer = answer
        self.failures = failures
    }
}

/// A row that the consumer could not take.
package struct FeedRowFailureView: Sendable, Codable, Hashable {
    package var row: Int64
    package var recordID: UUID?
    package var outcome: String

    package init(row: Int64, recordID: UUID?, outcome: String) {
        self.row = row
        self.recordID = recordID
        self.outcome = outcome
    }
}

/// Why an order for a feed cannot be carried out.
package enum FeedOrderError: Error, Sendable, Hashable, CustomStringConvertible {
    case noFeed
    case noRun(Int64)
    case notSent(Int64)
    case deleted(Int64)
    case restored
    case notStopped

    package var description: String {
        switch self {
        case .noFeed: "there is no feed: set HERALD_FEED_MAILBOX or HERALD_FEED_DIRECTORY and start the hub"
        case .noRun(let run): "there is no run \(run); herald nis runs lists them"
        case .notSent(let run): "run \(run) is still on its way, so there is nothing to send again"
        case .deleted(let run):
            "run \(run) is older than 30 days and deleted: send a full extract with herald nis full"
        case .restored:
            "the database is older than what was sent, so runs cannot go on from it: herald nis full skips ahead and sends everything"
        case .notStopped: "the feed is not stopped"
        }
    }
}
