package import Logging
import ServiceLifecycle
import Synchronization

/// Connections that are opened when first needed, lent by scope and used again.
///
/// Borrowers are served in the order they came. A connection that broke, was cancelled or came back inside a transaction
/// is dropped, and another one opened in its place; an idle one is looked at before it is lent, so a server's restart is
/// not seen by whoever comes next. The pool works without ``run()`` too; then ``close()`` ends it.
package final class PostgresPool: Service, Sendable {
    private typealias Machine = PoolStateMachine<PostgresConnection>

    private enum Grant: Sendable {
        case use(PostgresConnection)
        case open
        case refuse(PostgresError)
    }

    private struct State {
        var machine: Machine
        var continuations: [Machine.WaiterID: CheckedContinuation<Grant, Never>] = [:]
        var nextWaiter: Machine.WaiterID = 0
    }

    /// Where the pool's connections lead.
    package let configuration: PostgresConfiguration
    private let logger: Logger
    private let state: Mutex<State>
    private let drained = AsyncStream<Never>.makeStream()

    /// A pool of at most `configuration.maximumConnections`; nothing is opened yet.
    package init(configuration: PostgresConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        state = Mutex(State(machine: Machine(maximum: configuration.maximumConnections)))
    }

    /// How many borrowers wait for a connection.
    package var waitingCount: Int { state.withLock(\.machine.waiting.count) }

    /// Keeps the pool until graceful shutdown, waits for the connections that are lent, and closes all.
    package func run() async throws {
        try? await gracefulShutdown()  // cancellation, all it throws, ends the pool as well
        await close()
    }

    /// Lends nothing any more, waits until all lent connections are back (or the task is cancelled), and closes them.
    package func close() async {
        let (idle, waiting) = state.withLock { state in
            let (idle, waiting, isDrained) = state.machine.close()
            if isDrained { drained.continuation.finish() }
            return (idle, waiting.compactMap { state.continuations.removeValue(forKey: $0) })
        }
        for continuation in waiting {
            continuation.resume(returning: .refuse(.closed))
        }
        for connection in idle {
            await connection.close()
        }
        for await _ in drained.stream {}
    }

    /// Lends a connection to `body`.
    ///
    /// Settings made with `SET` stay with the connection: use `SET LOCAL` in a transaction.
    ///
    /// - Throws: what `body` throws; ``PostgresError`` where there is no connection to be had.
    @discardableResult
    package func withConnection<Value>(_ body: (PostgresConnection) async throws -> Value) async throws -> Value {
        let connection = try await lease()
        do {
            let value = try await body(connection)
            await giveBack(connection)
            return value
        } catch {
            await giveBack(connection)
            throw error
        }
    }

    /// Lends a connection for one transaction, see ``PostgresConnection/withTransaction(isolation:readOnly:_:)``.
    @discardableResult
    package func withTransaction<Value>(
        isolation: TransactionIsolation = .readCommitted,
        readOnly: Bool = false,
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        try await withConnection { connection in
            try await connection.withTransaction(isolation: isolation, readOnly: readOnly, body)
        }
    }

    /// Runs one statement on a connection of the pool, see ``PostgresConnection/query(_:_:)``.
    @discardableResult
    package func query(
        _ sql: String,
        _ parameters: [PostgresValue] = []
    ) async throws(PostgresError) -> PostgresResult {
        let connection = try await lease()
        do throws(PostgresError) {
            let result = try await connection.query(sql, parameters)
            await giveBack(connection)
            return result
        } catch {
            await giveBack(connection)
            throw error
        }
    }

    /// Runs independent statements in one pipeline, see ``PostgresConnection/pipeline(_:)``.
    package func pipeline(
        _ statements: [(String, [PostgresValue])]
    ) async throws(PostgresError) -> [Result<PostgresResult, PostgresError>] {
        let connection = try await lease()
        do throws(PostgresError) {
            let results = try await connection.pipeline(statements)
            await giveBack(connection)
            return results
        } catch {
            await giveBack(connection)
            throw error
        }
    }
}

extension PostgresPool {
    private func lease() async throws(PostgresError) -> PostgresConnection {
        guard !Task.isCancelled else { throw .cancelled }
        switch await grant() {
        case .use(let connection):
            // Looking at the socket costs one system call; only where something has come in is more to be done.
            if !connection.monitor.hasInput { return connection }
            if await connection.isAlive() { return connection }
            await closeIdle()
            return try await open()
        case .open: return try await open()
        case .refuse(let error): throw error
        }
    }

    private func grant() async -> Grant {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let grant: Grant? = state.withLock { state in
                    // A cancellation from here on waits for the lock, and then finds the waiter.
                    guard !Task.isCancelled else { return .refuse(.cancelled) }
                    switch state.machine.lease(for: waiter) {
                    case .use(let connection): return .use(connection)
                    case .open: return .open
                    case .refuse: return .refuse(.closed)
                    case .wait:
                        state.continuations[waiter] = continuation
                        return nil
                    }
                }
                if let grant { continuation.resume(returning: grant) }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                state.machine.cancel(waiter) ? state.continuations.removeValue(forKey: waiter) : nil
            }
            continuation?.resume(returning: .refuse(.cancelled))
        }
    }

    private func open() async throws(PostgresError) -> PostgresConnection {
        do throws(PostgresError) {
            return try await PostgresConnection.connect(configuration, logger: logger)
        } catch {
            await handBack(nil)
            throw error
        }
    }

    private func giveBack(_ connection: PostgresConnection) async {
        if connection.isReusable {
            await handBack(connection)
        } else {
            await handBack(nil)
            if !connection.monitor.isCancelled {
                await closeIdle()
            }
            await connection.close()
        }
    }

    private func handBack(_ connection: PostgresConnection?) async {
        let mustClose = state.withLock { state in
            switch state.machine.giveBack(connection) {
            case .kept: break
            case .lend(let connection, let waiter):
                state.continuations.removeValue(forKey: waiter)?.resume(returning: .use(connection))
            case .open(let waiter):
                state.continuations.removeValue(forKey: waiter)?.resume(returning: .open)
            case .close(let isDrained):
                if isDrained { drained.continuation.finish() }
                return true
            }
            return false
        }
        if mustClose { await connection?.close() }
    }

    /// For when one connection turned out dead: the others of its time are likely to be so too.
    private func closeIdle() async {
        for connection in state.withLock({ $0.machine.takeIdle() }) {
            await connection.close()
        }
    }
}
