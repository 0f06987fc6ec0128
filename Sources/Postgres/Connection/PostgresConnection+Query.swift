import CLibpq

extension PostgresConnection {
    /// Runs one statement with its parameters apart from its text, and gives back all its rows.
    ///
    /// The statement is prepared once per connection, text and parameter types, and kept among the last 256.
    ///
    /// - Throws: ``PostgresError``; the connection is closed after ``PostgresError/cancelled`` and a lost connection.
    @discardableResult
    package func query(
        _ sql: String,
        _ parameters: [PostgresValue] = []
    ) async throws(PostgresError) -> PostgresResult {
        let encoded = try EncodedParameters(parameters)
        return try await perform { connection throws(PostgresError) in
            try run(StatementCache.Key(sql: sql, types: encoded.types), encoded, on: connection)
        }
    }

    /// Runs several statements in one message; outside a transaction they are one by themselves.
    ///
    /// For migrations and settings: no parameters, no results, nothing prepared.
    package func execute(script: String) async throws(PostgresError) {
        try await execute(script: script, cancellable: true)
    }

    @discardableResult
    func execute(script: String, cancellable: Bool) async throws(PostgresError) -> PostgresResult {
        try checkForNUL(script, "a script")
        return try await perform(cancellable: cancellable) { connection throws(PostgresError) in
            try answer(sent: PQsendQuery(connection, script), on: connection)
        }
    }

    func run(
        _ key: StatementCache.Key,
        _ parameters: EncodedParameters,
        on connection: OpaquePointer
    ) throws(PostgresError) -> PostgresResult {
        do throws(PostgresError) {
            return try runOnce(key, parameters, on: connection)
        } catch  where error.isStaleStatement {
            forget(key, on: connection)
            // The error came before anything was executed. Inside a transaction it has spoilt all that went before, so
            // only the caller can repeat.
            guard PQtransactionStatus(connection) == PQTRANS_IDLE else { throw error }
            return try runOnce(key, parameters, on: connection)
        }
    }

    private func runOnce(
        _ key: StatementCache.Key,
        _ parameters: EncodedParameters,
        on connection: OpaquePointer
    ) throws(PostgresError) -> PostgresResult {
        let name = try prepare(key, on: connection)
        let sent = parameters.withPointers { count, values, lengths, formats in
            PQsendQueryPrepared(connection, name, count, values, lengths, formats, 1)
        }
        return try answer(sent: sent, on: connection)
    }

    private func prepare(_ key: StatementCache.Key, on connection: OpaquePointer) throws(PostgresError) -> String {
        if let name = statements.name(for: key) { return name }
        try checkForNUL(key.sql, "a statement")
        let name = statements.unusedName()
        let sent = PQsendPrepare(connection, name, key.sql, Int32(key.types.count), key.types)
        _ = try answer(sent: sent, on: connection)
        if let evicted = statements.insert(name, for: key) {
            deallocate(evicted, on: connection)
        }
        return name
    }

    func forget(_ key: StatementCache.Key, on connection: OpaquePointer) {
        guard let name = statements.remove(key) else { return }
        deallocate(name, on: connection)
    }

    /// Frees the server's copy.
    ///
    /// A failure costs the server some memory until the session ends, and nothing else.
    func deallocate(_ name: String, on connection: OpaquePointer) {
        PQclear(PQexec(connection, "DEALLOCATE \(name)"))
    }
}

extension PostgresError {
    /// Whether a prepared statement has to be prepared again: its tables have changed, or a `DISCARD ALL` took it.
    ///
    /// 0A000 also stands for what PostgreSQL cannot do at all; preparing that once more costs a round trip and fails alike.
    var isStaleStatement: Bool { sqlState == .featureNotSupported || sqlState == .invalidStatementName }
}
