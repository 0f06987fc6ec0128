import CLibpq
import Dispatch
import Foundation
import Synchronization

/// What other threads may learn of a connection, and do to it, while its own thread is inside libpq.
final class ConnectionMonitor: Sendable {
    private struct State {
        var cancelHandle: CancelHandle?
        var socket: Int32 = -1
        /// The number of the operation in hand, so that a late timer does not hit the next one.
        var operation: UInt64 = 0
        var isBusy = false
        var isCancelled = false
        var isIdle = false
        var deadline: AnswerDeadline
        /// Whether the connection was cut because no answer came.
        var isUnanswered = false
    }

    /// How an operation came to its end.
    enum Ending {
        case normal, cancelled, unanswered
    }

    /// For what may block.
    private static let queue = DispatchQueue(label: "herald.postgres.cancel", attributes: .concurrent)
    /// For what never does, and must not wait behind what does.
    private static let clock = DispatchQueue(label: "herald.postgres.clock")
    private let state: Mutex<State>

    /// - Parameter answerLimit: How long an operation waits for the server; nil is for ever.
    init(answerLimit: Duration?) { state = Mutex(State(deadline: AnswerDeadline(limit: answerLimit))) }

    /// Whether the connection stands, outside any transaction, and was never cancelled: fit for the next borrower.
    var isReusable: Bool { state.withLock { $0.isIdle && !$0.isBusy && !$0.isCancelled } }

    var isCancelled: Bool { state.withLock(\.isCancelled) }

    /// Whether something has come in that nobody asked for: a notification, a notice, or the end of the connection.
    var hasInput: Bool {
        // The lock is held so that the socket cannot be closed, and its number given to another, in between.
        state.withLock { Self.hasInput($0.socket) }
    }

    private static func hasInput(_ socket: Int32) -> Bool {
        guard socket >= 0 else { return true }
        var poll = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return Glibc.poll(&poll, 1, 0) != 0
    }

    func opened(socket: Int32, cancelHandle: CancelHandle?) {
        state.withLock {
            $0.socket = socket
            $0.cancelHandle = cancelHandle
            $0.isIdle = true
        }
    }

    /// Comes before `PQfinish`, which closes the socket.
    func willClose() {
        state.withLock {
            $0.socket = -1
            $0.cancelHandle = nil
            $0.isIdle = false
        }
    }

    func operationBegins() {
        state.withLock {
            $0.operation += 1
            $0.isBusy = true
        }
    }

    /// Ends the operation and says whether it was cancelled or cut off meanwhile.
    func operationEnded(isIdle: Bool) -> Ending {
        state.withLock {
            $0.isBusy = false
            $0.isIdle = isIdle
            $0.deadline.end()
            return $0.isCancelled ? .cancelled : $0.isUnanswered ? .unanswered : .normal
        }
    }

    /// Asks the server to give up on the operation in hand, and keeps asking until it ends.
    ///
    /// Once is not enough: a request that overtakes its statement finds the session idle and is dropped. `PQcancel` makes
    /// a connection of its own, so it runs on neither the caller's thread nor the connection's.
    func cancel() {
        let operation: UInt64? = state.withLock {
            guard $0.isBusy else { return nil }
            $0.isCancelled = true
            return $0.operation
        }
        guard let operation else { return }
        Self.queue.async { self.requestCancel(of: operation) }
        // A server that cannot be reached any more answers nothing; then the socket is what wakes libpq.
        Self.clock.asyncAfter(deadline: .now() + .seconds(10)) { self.hangUp(operation) }
    }

    private func requestCancel(of operation: UInt64) {
        let handle = state.withLock { $0.isBusy && $0.operation == operation ? $0.cancelHandle : nil }
        guard let handle else { return }
        handle.send()
        Self.queue.asyncAfter(deadline: .now() + .milliseconds(100)) { self.requestCancel(of: operation) }
    }

    private func hangUp(_ operation: UInt64) {
        state.withLock {
            guard $0.isBusy, $0.operation == operation, $0.socket >= 0 else { return }
            _ = shutdown($0.socket, Int32(SHUT_RDWR))
        }
    }
}

// Behind a proxy that is connected and silent nothing else ever ends a wait: keepalives are answered by the proxy.
extension ConnectionMonitor {
    /// The server has to answer from now on.
    func awaitsAnswer() {
        let wait = state.withLock { $0.deadline.begin(at: .now) }
        if let wait { look(after: wait) }
    }

    /// Something has got through, so the server is there.
    func hasProgressed() { state.withLock { $0.deadline.progress(at: .now) } }

    /// How long operations that begin from now on wait for the server.
    var answerLimit: Duration? {
        get { state.withLock(\.deadline.limit) }
        set { state.withLock { $0.deadline.limit = newValue } }
    }

    private func look(after wait: Duration) {
        let delay = DispatchTimeInterval.nanoseconds(Int(clamping: wait.wholeNanoseconds))
        Self.clock.asyncAfter(deadline: .now() + delay) { [weak self] in self?.look() }
    }

    private func look() {
        let action = state.withLock { state in
            let action = state.deadline.look(at: .now, hasInput: Self.hasInput(state.socket))
            if action == .giveUp, state.socket >= 0 {
                state.isUnanswered = true
                _ = shutdown(state.socket, Int32(SHUT_RDWR))
            }
            return action
        }
        if case .wait(let wait) = action { look(after: wait) }
    }
}

extension Duration {
    fileprivate var wholeNanoseconds: Int64 {
        let (seconds, overflow) = components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : seconds + components.attoseconds / 1_000_000_000
    }
}

/// The one owner of a `PGcancel`.
final class CancelHandle: Sendable {
    /// How many requests may be under way: each blocks a thread until the server, or what stands for it, hangs up.
    private static let most = 16
    private static let underWay = Mutex(0)
    // libpq, "Canceling Queries in Progress": PQcancel is thread-safe, for the PGcancel is read-only to it.
    private nonisolated(unsafe) let pointer: OpaquePointer

    init?(_ connection: OpaquePointer) {
        guard let pointer = PQgetCancel(connection) else { return nil }
        self.pointer = pointer
    }

    deinit { PQfreeCancel(pointer) }

    /// Sends the request; a failure shows in nothing but the statement going on.
    func send() {
        let isAdmitted = Self.underWay.withLock { count in
            guard count < Self.most else { return false }
            count += 1
            return true
        }
        guard isAdmitted else { return }
        defer { Self.underWay.withLock { $0 -= 1 } }
        var complaint = [CChar](repeating: 0, count: 256)
        _ = PQcancel(pointer, &complaint, Int32(complaint.count))
    }
}
