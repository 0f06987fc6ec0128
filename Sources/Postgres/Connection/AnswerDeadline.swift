/// Until when the answer to the operation in hand is waited for, and whether a timer runs that will look.
///
/// One timer a connection at most, set when an operation begins without one: a timer for each operation would outlive
/// thousands of them.
struct AnswerDeadline: Sendable {
    enum Action: Hashable {
        /// Look again after this time.
        case wait(Duration)
        /// Nothing is waited for; the next operation sets a timer.
        case rest
        /// The answer is overdue.
        case giveUp
    }

    /// How long what has come in may lie unread before it counts for nothing: a process that was suspended finds its
    /// answer and its timer at the same moment.
    static let readingTime = Duration.seconds(2)

    /// How long an answer may take; nil is for ever.
    var limit: Duration?
    private var due: SuspendingClock.Instant?
    private var isWatched = false

    init(limit: Duration?) { self.limit = limit }

    /// An operation begins; gives after what time to look, if no timer runs.
    mutating func begin(at now: SuspendingClock.Instant) -> Duration? {
        due = limit.map { now + $0 }
        guard let limit, !isWatched else { return nil }
        isWatched = true
        return limit
    }

    /// A part of the operation has got through, so that the next may take as long again.
    mutating func progress(at now: SuspendingClock.Instant) {
        guard due != nil else { return }
        due = limit.map { now + $0 }
    }

    /// The operation is over.
    mutating func end() { due = nil }

    /// The timer has run down.
    mutating func look(at now: SuspendingClock.Instant, hasInput: Bool) -> Action {
        guard let due else {
            isWatched = false
            return .rest
        }
        if now < due { return .wait(now.duration(to: due)) }
        if hasInput {
            self.due = now + Self.readingTime
            return .wait(Self.readingTime)
        }
        self.due = nil
        isWatched = false
        return .giveUp
    }
}
