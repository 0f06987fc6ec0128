import CLibpq

/// What a transaction sees of others (PostgreSQL manual, "Transaction Isolation").
package enum TransactionIsolation: String, Sendable {
    /// Each statement sees what was committed before it began.
    case readCommitted = "READ COMMITTED"
    /// All statements see what was committed before the first; fails with 40001 on a conflict.
    case repeatableRead = "REPEATABLE READ"
    /// As if transactions ran one after another; fails with 40001 where they cannot.
    case serializable = "SERIALIZABLE"
}

extension PostgresConnection {
    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
    ///
    /// - Throws: what `body` throws; ``PostgresError/transaction(body:rollback:)`` where the rollback fails too; what
    ///   COMMIT says, ``SQLState/inFailedTransaction`` among it when `body` kept a failed statement to itself. If the
    ///   connection is lost during COMMIT, it is not known whether it took effect.
    @discardableResult
    package nonisolated func withTransaction<Value>(
        isolation: TransactionIsolation = .readCommitted,
        readOnly: Bool = false,
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        try await begin(isolation, readOnly: readOnly)
        let value: Value
        do {
            value = try await body(self)
        } catch {
            do throws(PostgresError) {
                try await rollback()
            } catch let rollback {
                throw PostgresError.transaction(body: error, rollback: rollback)
            }
            throw error
        }
        try await commit()
        return value
    }

    /// Whether statements now belong to a transaction that is not yet ended.
    package var isInTransaction: Bool {
        get async {
            let status = try? await perform(cancellable: false) { connection throws(PostgresError) in
                PQtransactionStatus(connection)
            }
            return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
        }
    }

    private func begin(_ isolation: TransactionIsolation, readOnly: Bool) async throws(PostgresError) {
        try await perform { connection throws(PostgresError) in
            guard PQtransactionStatus(connection) == PQTRANS_IDLE else {
                throw .misuse("a transaction inside a transaction")
            }
            let begin = "BEGIN ISOLATION LEVEL \(isolation.rawValue) \(readOnly ? "READ ONLY" : "READ WRITE")"
            _ = try answer(sent: PQsendQuery(connection, begin), on: connection)
        }
    }

    /// A cancelled task commits too: its body has done everything, and half a COMMIT is what nobody can tell from whole.
    private func commit() async throws(PostgresError) {
        let result = try await execute(script: "COMMIT", cancellable: false)
        // After a failed statement the server answers COMMIT with ROLLBACK, and not with an error.
        guard result.storage.commandTag == "COMMIT" else {
            throw .server(
                .inFailedTransaction,
                message: "the transaction was rolled back: a statement in it had failed",
                constraint: nil,
                detail: nil
            )
        }
    }

    private func rollback() async throws(PostgresError) {
        // Without a connection the server has rolled back by itself.
        guard isOpen else { return }
        try await execute(script: "ROLLBACK", cancellable: false)
    }
}
