/// What an operator may ask of a feed, and what becomes of it.
package enum FeedCommand: Sendable, Hashable {
    /// Stop after the batch in hand; the queue waits.
    case pause
    /// Go on at the next unprocessed row, giving up the row at which the feed stands where one is named.
    case resume(givingUp: Int64?)
    /// Apply nothing more; what was applied stays.
    case cancel
    /// Go on with a failed or cancelled file at the next unprocessed row.
    case retry

    /// The word for it, as in addresses and commands.
    package var name: String {
        switch self {
        case .pause: "pause"
        case .resume: "resume"
        case .cancel: "cancel"
        case .retry: "retry"
        }
    }

    /// Decides whether the command makes sense now.
    ///
    /// - Parameter standing: The feed as it is.
    /// - Returns: Its status afterwards; the same one where what is asked for is so already.
    /// - Throws: ``FeedCommandRefused``.
    package func status(after standing: FeedStanding) throws(FeedCommandRefused) -> FeedStatus {
        switch (self, standing.status) {
        case (.pause, .paused), (.pause, .queued), (.pause, .processing): return .paused
        case (.resume(let row), .paused), (.resume(let row), .halted):
            guard row == nil || row == standing.haltedRow else { throw .otherRow(standing.haltedRow) }
            return standing.hasStarted ? .processing : .queued
        case (.cancel, .cancelled), (.cancel, .queued), (.cancel, .processing), (.cancel, .paused), (.cancel, .halted):
            return .cancelled
        case (.retry, .failed), (.retry, .cancelled), (.retry, .unauthorised):
            guard standing.isComplete else { throw .notComplete }
            return .queued
        default: throw .wrongStatus(self, standing.status)
        }
    }
}

/// What a command's outcome depends on.
package struct FeedStanding: Sendable, Hashable {
    package var status: FeedStatus
    /// Whether a worker has begun to read the file.
    package var hasStarted: Bool
    /// Whether all of the content is here, with a header that is right.
    package var isComplete: Bool
    /// The row at which a halted feed stands.
    package var haltedRow: Int64?

    package init(status: FeedStatus, hasStarted: Bool, isComplete: Bool, haltedRow: Int64? = nil) {
        self.status = status
        self.hasStarted = hasStarted
        self.isComplete = isComplete
        self.haltedRow = haltedRow
    }
}

/// Why a command is not carried out; nothing changed.
package enum FeedCommandRefused: Error, Sendable, Hashable, CustomStringConvertible {
    case wrongStatus(FeedCommand, FeedStatus)
    /// The row to give up is not the one at which the feed stands.
    case otherRow(Int64?)
    /// Not all of the content arrived, or the file was refused for its name or header.
    case notComplete
    /// A file of the same name was received since and holds the name.
    case nameTaken
    /// A client may withdraw a file only before its first row is looked at.
    case started
    /// The worker does not end its batch.
    case busy

    /// A sentence that says what can be done.
    package var description: String {
        switch self {
        case .wrongStatus(let command, let status): "The feed is \(status.rawValue). \(command.condition)"
        case .otherRow(let row?): "The feed stands at row \(row); only that row can be given up."
        case .otherRow(nil): "The feed does not stand at one row; resume it without giving one up."
        case .notComplete: "The file did not arrive as a whole, or was refused before its first row. Send it again."
        case .nameTaken: "A file of the same name was received since and holds the name; this one cannot go on."
        case .started: "Rows of the file have been looked at already. Ask the operator to cancel it."
        case .busy: "The worker that applies the feed does not answer. Try again in a moment."
        }
    }
}

extension FeedCommand {
    fileprivate var condition: String {
        switch self {
        case .pause: "Only a feed that is Queued or Processing can be paused."
        case .resume: "Only a feed that is Paused or Halted can be resumed."
        case .cancel: "Only a feed that is Queued, Processing, Paused or Halted can be cancelled."
        case .retry: "Only a feed that is Failed or Cancelled can be tried again."
        }
    }
}
