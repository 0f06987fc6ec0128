import NIOCore

/// Knows when a connection's client has been slow for too long; does nothing about it.
///
/// Time counts only while it is the client's turn: a hub that is slow itself, or does not read on, is no fault of the client.
struct ConnectionPatience: Sendable {
    private let limits: ConnectionLimits
    /// Since when the next request's head is waited for.
    private var headSince: NIODeadline
    private var isFirst = true
    /// Requests that are not answered yet.
    private var unanswered = 0
    /// Whether a request's body, or its end, is still to come.
    private var isReading = false
    /// Whether the client waits to be asked for the body (`Expect: 100-continue`).
    private var isHeldBack = false
    private var bodyBytes = 0
    /// How long the hub has waited for the body so far, and since when it waits now.
    private var waited = TimeAmount.zero
    private var waitingSince: NIODeadline?
    /// Since when the body goes on although its request is answered, and how much of it came since.
    private var restSince: NIODeadline?
    private var restBytes = 0
    /// Since when the client takes nothing of an answer.
    private var stuckSince: NIODeadline?

    init(limits: ConnectionLimits, now: NIODeadline) {
        self.limits = limits
        headSince = now
    }

    /// A request's line and headers are there.
    mutating func head(expectsContinue: Bool) {
        unanswered += 1
        isReading = true
        isFirst = false
        isHeldBack = expectsContinue
        (bodyBytes, waited, waitingSince) = (0, .zero, nil)
        (restSince, restBytes) = (nil, 0)
    }

    /// A piece of a body came.
    mutating func body(bytes: Int, now: NIODeadline) {
        arrived(now)
        isHeldBack = false
        bodyBytes += bytes
        if restSince != nil { restBytes += bytes }
    }

    /// A request is complete.
    mutating func end(now: NIODeadline) {
        isReading = false
        waitingSince = nil
        if unanswered == 0 { headSince = now }
    }

    /// The hub wants to read on.
    mutating func wantsMore(now: NIODeadline) {
        if isReading, waitingSince == nil { waitingSince = now }
    }

    /// The client was asked for the body that it holds back.
    mutating func askedForBody(now: NIODeadline) {
        isHeldBack = false
        if waitingSince != nil { waitingSince = now }
    }

    /// An answer is complete.
    mutating func answered(now: NIODeadline) {
        unanswered -= 1
        guard unanswered == 0 else { return }
        headSince = now
        if isReading { restSince = now }
    }

    /// Whether the client takes what is written to it.
    mutating func takes(_ isWritable: Bool, now: NIODeadline) {
        stuckSince = isWritable ? nil : stuckSince ?? now
    }

    /// Whether there is an answer under way, or owed.
    var owesAnswer: Bool { unanswered > 0 }

    /// When patience ends if nothing happens until then; nil while it is not the client's turn.
    var deadline: NIODeadline? {
        let stuck = stuckSince.map { $0 + limits.write }
        guard let turn else { return stuck }
        return stuck.map { min($0, turn) } ?? turn
    }

    private var turn: NIODeadline? {
        guard isReading else { return unanswered > 0 ? nil : headSince + (isFirst ? limits.head : limits.idle) }
        if let restSince { return restBytes > limits.restBytes ? restSince : restSince + limits.rest }
        guard let waitingSince, !isHeldBack else { return nil }
        let earned = TimeAmount.seconds(Int64(bodyBytes / limits.bodyBytesPerSecond))
        return waitingSince + min(limits.idle, limits.body + earned - waited)
    }

    private mutating func arrived(_ now: NIODeadline) {
        if let since = waitingSince { waited = waited + (now - since) }
        waitingSince = nil
    }
}
