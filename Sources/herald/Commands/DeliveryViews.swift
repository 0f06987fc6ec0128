import Deliveries
import Events
import Foundation

/// An attempt as the commands print it.
struct AttemptView: Encodable {
    let line: Int64
    let subscription, kind: String
    let firstNumber, lastNumber: Int64?
    let attempt: Int
    let startedAt: Date
    let milliseconds: Int
    let outcome: String
    let httpStatus: Int?

    init(_ attempt: LoggedAttempt) {
        line = attempt.id
        subscription = attempt.subscription.description
        kind = attempt.kind
        firstNumber = attempt.numbers?.lowerBound
        lastNumber = attempt.numbers?.upperBound
        self.attempt = attempt.attempt
        startedAt = attempt.startedAt
        milliseconds = attempt.milliseconds
        outcome = attempt.outcome
        httpStatus = attempt.httpStatus
    }
}

/// A dead letter as the commands print it.
struct DeadLetterView: Encodable {
    let subscription: String
    let number: Int64
    let client, endpoint, cause: String
    let httpStatus: Int?
    let attempts: Int
    let setAsideAt: Date
    let setAsideBy, reason: String?

    init(_ letter: DeadLetter) {
        subscription = letter.subscription.description
        number = letter.number
        client = letter.client
        endpoint = letter.endpoint
        cause = letter.cause
        httpStatus = letter.httpStatus
        attempts = letter.attempts
        setAsideAt = letter.setAsideAt
        setAsideBy = letter.setAsideBy
        reason = letter.reason
    }
}

/// One event's delivery as the command prints it.
struct StandingView: Encodable {
    let subscription: String
    let number: Int64
    let record, shape: String
    let committedAt: Date
    let state: String
    let nextAttemptAt: Date?
    let attempts: [AttemptView]
    let deadLetter: DeadLetterView?

    init(_ standing: DeliveryStanding) {
        subscription = standing.subscription.description
        number = standing.number
        record = standing.record
        shape = standing.shape
        committedAt = standing.committedAt
        state = standing.state
        nextAttemptAt = standing.nextAttemptAt
        attempts = standing.attempts.map(AttemptView.init)
        deadLetter = standing.deadLetter.map(DeadLetterView.init)
    }

    var lines: [String] {
        var lines = [
            "event \(number) of \(subscription): \(state)",
            "  \(shape) of record \(record), committed \(committedAt.formatted(.iso8601))",
        ]
        if let letter = deadLetter {
            let reason = letter.reason.map { ": \($0)" } ?? ""
            lines.append(
                "  set aside \(letter.setAsideAt.formatted(.iso8601)) by \(letter.setAsideBy ?? "policy"), \(letter.cause)\(reason)"
            )
        }
        if let nextAttemptAt { lines.append("  next attempt \(nextAttemptAt.formatted(.iso8601))") }
        lines += attempts.map { attempt in
            let answer = attempt.httpStatus.map { ", answer \($0)" } ?? ""
            return
                "  \(attempt.startedAt.formatted(.iso8601))  \(attempt.kind) attempt \(attempt.attempt): \(attempt.outcome)\(answer) in \(attempt.milliseconds) ms"
        }
        return lines
    }
}

/// A job as the commands print it.
struct JobView: Encodable {
    let id, kind, subscription: String
    let left, sent, withheld: Int64
    let attempts: Int
    let state: String
    let nextAttemptAt: Date?
    let createdAt: Date
    let createdBy: String
    let reason: String?
    let finishedAt: Date?

    init(_ job: DeliveryJob) {
        id = job.id.uuidString.lowercased()
        kind = job.kind
        subscription = job.subscription.description
        left = job.left
        sent = job.sent
        withheld = job.withheld
        attempts = job.attempts
        state = job.state
        nextAttemptAt = job.nextAttemptAt
        createdAt = job.createdAt
        createdBy = job.createdBy
        reason = job.reason
        finishedAt = job.finishedAt
    }
}

/// What is sent again, as the commands print it.
struct ResendPlanView: Encodable {
    let subscription, client, endpoint: String
    let events, withheld: Int64
    let firstNumber, lastNumber: Int64?
    let job: String?

    init(_ plan: ResendPlan) {
        subscription = plan.subscription.description
        client = plan.client
        endpoint = plan.endpoint
        events = plan.events
        withheld = plan.withheld
        firstNumber = plan.firstNumber
        lastNumber = plan.lastNumber
        job = plan.job?.uuidString.lowercased()
    }
}

extension DeliveryJob {
    /// How it stands, in a word.
    var state: String { outcome ?? (attempts > 0 ? "retrying" : "open") }
}

extension ClosedRange<Int64>? {
    /// `5`, `5-9`, or `-` for none.
    var words: String {
        guard let range = self else { return "-" }
        return range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
    }
}
