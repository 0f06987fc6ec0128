import CLibpq
package import Logging

/// One session with the server, on a thread of its own.
///
/// Statements run in the order they are asked for. A task that is cancelled while its statement runs has the server give
/// it up; the connection is closed after that, because a late cancel request would hit the next statement.
package actor PostgresConnection {
    private let executor = BlockingExecutor()
    private let configuration: PostgresConfiguration
    private let notices: NoticeSink
    private var connection: OpaquePointer?
    /// Why there is no connection any more.
    private var ending = PostgresError.closed
    var statements = StatementCache(capacity: 256)
    nonisolated let monitor: ConnectionMonitor
    let logger: Logger

    /// The connection's own thread.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private init(configuration: PostgresConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        notices = NoticeSink(logger: logger)
        monitor = ConnectionMonitor(answerLimit: configuration.answerLimit)
    }

    isolated deinit { disconnect(because: .closed) }

    /// Opens a session with text as UTF-8 and time in UTC.
    ///
    /// Cancelling the task is noticed only when the attempt has ended, after `connectTimeout` at the latest.
    ///
    /// - Throws: ``PostgresError/connection(_:)`` with what libpq says; ``PostgresError/cancelled``.
    package static func connect(
        _ configuration: PostgresConfiguration,
        logger: Logger
    ) async throws(PostgresError) -> PostgresConnection {
        guard !Task.isCancelled else { throw .cancelled }
        let connection = PostgresConnection(configuration: configuration, logger: logger)
        try await connection.open()
        guard !Task.isCancelled else {
            await connection.close()
            throw .cancelled
        }
        return connection
    }

    /// Whether the connection stands, outside any transaction, and was never cancelled.
    package nonisolated var isReusable: Bool { monitor.isReusable }

    var isOpen: Bool { connection != nil }

    /// Ends the session; statements asked for later throw ``PostgresError/closed``.
    package func close() {
        disconnect(because: .closed)
    }

    private func open() throws(PostgresError) {
        let keywords = configuration.connectionKeywords.sorted { $0.key < $1.key }
        let opened = withCStrings(keywords.map(\.key)) { names in
            withCStrings(keywords.map(\.value)) { values in
                PQconnectdbParams(names, values, 0)
            }
        }
        guard let opened else { throw .connection("out of memory") }
        guard PQstatus(opened) == CONNECTION_OK else {
            defer { PQfinish(opened) }
            throw .connection(lastMessage(of: opened))
        }
        notices.attach(to: opened)
        monitor.opened(socket: PQsocket(opened), cancelHandle: CancelHandle(opened))
        connection = opened
    }

    func disconnect(because reason: PostgresError) {
        guard let connection else { return }
        ending = reason
        self.connection = nil
        monitor.willClose()
        PQfinish(connection)
    }

    /// Runs one operation of libpq to its end on this thread; afterwards the connection is either fit for use or closed.
    ///
    /// `cancellable` is false for what must be said even by a cancelled task, such as ROLLBACK; `awaitsAnswer` is false
    /// where the server owes nothing, however long it takes.
    func perform<Value>(
        cancellable: Bool = true,
        awaitsAnswer: Bool = true,
        _ operation: (OpaquePointer) throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        guard let connection else { throw ending }
        guard !cancellable || !Task.isCancelled else { throw .cancelled }
        if awaitsAnswer { monitor.awaitsAnswer() }
        guard cancellable else { return try finish(run(operation, on: connection)) }
        monitor.operationBegins()
        // Nothing suspends inside, so no other operation comes in between.
        let outcome = await withTaskCancellationHandler {
            run(operation, on: connection)
        } onCancel: {
            monitor.cancel()
        }
        return try finish(outcome)
    }

    private func run<Value>(
        _ operation: (OpaquePointer) throws(PostgresError) -> Value,
        on connection: OpaquePointer
    ) -> Result<Value, PostgresError> {
        do throws(PostgresError) {
            return .success(try operation(connection))
        } catch {
            return .failure(error)
        }
    }

    private func finish<Value>(_ outcome: Result<Value, PostgresError>) throws(PostgresError) -> Value {
        let status = PQtransactionStatus(connection)
        switch monitor.operationEnded(isIdle: status == PQTRANS_IDLE) {
        case .normal: break
        case .cancelled:
            disconnect(because: .cancelled)
            throw .cancelled
        case .unanswered:
            disconnect(because: .unanswered)
            // What came in the last moment counts all the same.
            guard case .success(let value) = outcome else { throw .unanswered }
            return value
        }
        if PQstatus(connection) != CONNECTION_OK {
            disconnect(because: .connection("was lost before"))
        } else if status == PQTRANS_ACTIVE {
            // A COPY through `query`: there is no way out of it that is right for both directions.
            disconnect(because: .misuse("the connection was left in the middle of a command"))
            throw .misuse("COPY goes through copy(into:columns:_:)")
        }
        return try outcome.get()
    }
}

extension PostgresConnection {
    /// Reads what came in unasked and says whether the connection still stands.
    func isAlive() async -> Bool {
        do throws(PostgresError) {
            try await perform(cancellable: false) { connection throws(PostgresError) in
                // A server that goes away may send why before it hangs up, so one read is not enough.
                while monitor.hasInput {
                    guard PQconsumeInput(connection) == 1 else { throw .connection(lastMessage(of: connection)) }
                    while let notification = PQnotifies(connection) { PQfreemem(notification) }
                }
            }
            return true
        } catch {
            return false
        }
    }
}

extension PostgresConnection {
    /// Runs `body` with statements that take as long as they have to: neither the server nor this side gives up on them.
    ///
    /// - Throws: What `body` throws.
    package nonisolated func withoutTimeout<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await execute(script: "SET statement_timeout = 0")
        let limit = monitor.answerLimit
        monitor.answerLimit = nil
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        monitor.answerLimit = limit
        // In a failed transaction the reset fails, and the rollback undoes the setting.
        _ = try? await execute(script: "RESET statement_timeout", cancellable: false)
        return try outcome.get()
    }
}

extension PostgresError {
    static let unanswered = connection(
        "the server gave no answer in time, and the connection was cut: is something between that drops packets?"
    )
}
