package import Logging
import Synchronization

/// Notifications on some channels, over a connection and a thread of their own.
///
/// One iteration at a time. It ends when its task is cancelled or ``stop()`` is called, and throws when the connection is
/// lost: what was sent until it is iterated again is lost too, so look for the work itself after each (re)start.
package final class PostgresListener: AsyncSequence, Sendable {
    /// What the sequence yields.
    package typealias Element = PostgresNotification
    /// What iterating throws.
    package typealias Failure = PostgresError

    private struct State {
        var connection: PostgresConnection?
        var isStopped = false
    }

    private let configuration: PostgresConfiguration
    private let channels: [String]
    private let logger: Logger
    private let bell: Bell
    private let state = Mutex(State())

    /// A listener on `channels`; nothing is opened yet.
    ///
    /// - Throws: ``PostgresError/connection(_:)`` where the process has no file descriptor left.
    package init(configuration: PostgresConfiguration, channels: [String], logger: Logger) throws(PostgresError) {
        self.configuration = configuration
        self.channels = channels
        self.logger = logger
        bell = try Bell()
    }

    /// Connects and subscribes, if that has not been done: what is sent from here on is heard.
    package func start() async throws(PostgresError) {
        _ = try await listeningConnection()
    }

    /// Ends the iteration, now and for good.
    package func stop() {
        state.withLock { $0.isStopped = true }
        bell.ring()
    }

    /// Starts an iteration, which connects where ``start()`` has not.
    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(listener: self)
    }

    private func listeningConnection() async throws(PostgresError) -> PostgresConnection {
        let (present, isStopped) = state.withLock { ($0.connection, $0.isStopped) }
        guard !isStopped else { throw .closed }
        if let present { return present }
        let opened = try await PostgresConnection.connect(configuration, logger: logger)
        try await opened.listen(to: channels)
        state.withLock { $0.connection = opened }
        return opened
    }

    /// The next notifications; `nil` when the listener was stopped or the task cancelled.
    fileprivate func next() async throws(PostgresError) -> [PostgresNotification]? {
        while true {
            guard !state.withLock(\.isStopped) else {
                await hangUp()
                return nil
            }
            guard !Task.isCancelled else { return nil }
            do throws(PostgresError) {
                let connection = try await listeningConnection()
                let received = try await heard(on: connection)
                if !received.isEmpty { return received }
            } catch {
                await hangUp()
                switch error {
                case .cancelled: return nil
                case .closed where state.withLock(\.isStopped): return nil
                default: throw error
                }
            }
        }
    }

    private func heard(on connection: PostgresConnection) async throws(PostgresError) -> [PostgresNotification] {
        let outcome: Result<[PostgresNotification], PostgresError> = await withTaskCancellationHandler {
            do throws(PostgresError) {
                return .success(try await connection.notifications(or: bell))
            } catch {
                return .failure(error)
            }
        } onCancel: {
            bell.ring()
        }
        return try outcome.get()
    }

    private func hangUp() async {
        let connection = state.withLock { state in
            defer { state.connection = nil }
            return state.connection
        }
        await connection?.close()
    }

    /// Takes notifications as they come.
    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let listener: PostgresListener
        private var pending: ArraySlice<PostgresNotification> = []

        fileprivate init(listener: PostgresListener) {
            self.listener = listener
        }

        /// The next notification, or `nil` at the end.
        package mutating func next() async throws(PostgresError) -> PostgresNotification? {
            while pending.isEmpty {
                guard let received = try await listener.next() else { return nil }
                pending = received[...]
            }
            return pending.removeFirst()
        }

        /// The next notification, or `nil` at the end.
        package mutating func next(
            isolation _: isolated (any Actor)?
        ) async throws(PostgresError) -> PostgresNotification? {
            try await next()
        }
    }
}
