import CLibpq

extension PostgresConnection {
    /// Runs independent statements in as few round trips as the network allows; each fails or succeeds by itself.
    ///
    /// Each ends with a sync of its own, so outside a transaction each is one, and an error leaves the others alone;
    /// inside a transaction the first error fails all that follow. A statement whose plan has gone stale is run again
    /// after the others.
    ///
    /// - Throws: ``PostgresError`` where the connection fails as a whole; nothing is known of any statement then.
    package func pipeline(
        _ statements: [(String, [PostgresValue])]
    ) async throws(PostgresError) -> [Result<PostgresResult, PostgresError>] {
        let requests = statements.map { sql, parameters in PipelineRequest(sql, parameters) }
        guard !requests.isEmpty else { return [] }
        return try await perform { connection throws(PostgresError) in
            var evicted: [String] = []
            var outcomes = try exchange(requests, evicted: &evicted, on: connection)
            for name in evicted {
                deallocate(name, on: connection)
            }
            for (index, request) in requests.enumerated() {
                guard case .failure(let error) = outcomes[index], error.isStaleStatement,
                    case .ready(let key, let parameters) = request
                else { continue }
                forget(key, on: connection)
                guard PQtransactionStatus(connection) == PQTRANS_IDLE else { continue }
                outcomes[index] = Result { () throws(PostgresError) in try run(key, parameters, on: connection) }
            }
            return outcomes
        }
    }

    private func exchange(
        _ requests: [PipelineRequest],
        evicted: inout [String],
        on connection: OpaquePointer
    ) throws(PostgresError) -> [Result<PostgresResult, PostgresError>] {
        guard PQenterPipelineMode(connection) == 1 else { throw .connection(lastMessage(of: connection)) }
        var newKeys: Set<StatementCache.Key> = []
        for case .ready(let key, let parameters) in requests
        where try send(key, parameters, evicted: &evicted, on: connection) {
            newKeys.insert(key)
        }
        var outcomes: [Result<PostgresResult, PostgresError>] = []
        outcomes.reserveCapacity(requests.count)
        for request in requests {
            switch request {
            case .refused(let error): outcomes.append(.failure(error))
            case .ready(let key, _):
                let outcome = try receive(on: connection)
                monitor.hasProgressed()
                // The statement may not even be prepared; its name must not be used again.
                if case .failure = outcome, newKeys.contains(key), let name = statements.remove(key) {
                    evicted.append(name)
                }
                outcomes.append(outcome)
            }
        }
        guard PQexitPipelineMode(connection) == 1 else {
            disconnect(because: .connection("a pipeline was left unfinished"))
            throw .connection("a pipeline was left unfinished")
        }
        return outcomes
    }

    /// Sends one statement, preparing it first where needed, and says whether it was.
    ///
    /// libpq reads while it cannot write, so neither side waits for the other to empty its buffers.
    private func send(
        _ key: StatementCache.Key,
        _ parameters: EncodedParameters,
        evicted: inout [String],
        on connection: OpaquePointer
    ) throws(PostgresError) -> Bool {
        var sent: Int32 = 1
        let name: String
        var isNew = false
        if let known = statements.name(for: key) {
            name = known
        } else {
            isNew = true
            name = statements.unusedName()
            sent = PQsendPrepare(connection, name, key.sql, Int32(key.types.count), key.types)
            if let old = statements.insert(name, for: key) {
                evicted.append(old)
            }
        }
        if sent == 1 {
            sent = parameters.withPointers { count, values, lengths, formats in
                PQsendQueryPrepared(connection, name, count, values, lengths, formats, 1)
            }
        }
        guard sent == 1, PQpipelineSync(connection) == 1 else {
            let error = PostgresError.connection(lastMessage(of: connection))
            disconnect(because: error)
            throw error
        }
        return isNew
    }

    /// Reads up to the next sync.
    ///
    /// Of a prepare and its statement the first error counts, else the last result.
    private func receive(on connection: OpaquePointer) throws(PostgresError) -> Result<PostgresResult, PostgresError> {
        var outcome = Result<PostgresResult, PostgresError>.failure(.connection("no answer"))
        var hasFailed = false
        while true {
            guard let result = PQgetResult(connection) else {
                // Null parts one command's results from the next; on a dead connection it is all there ever is.
                guard PQstatus(connection) == CONNECTION_OK else { throw .connection(lastMessage(of: connection)) }
                continue
            }
            switch PQresultStatus(result) {
            case PGRES_PIPELINE_SYNC:
                PQclear(result)
                return outcome
            case PGRES_PIPELINE_ABORTED:
                PQclear(result)
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                PQclear(result)
                disconnect(because: .misuse("COPY in a pipeline"))
                throw .misuse("COPY goes through copy(into:columns:_:)")
            default:
                do throws(PostgresError) {
                    let value = try checked(result, on: connection)
                    if !hasFailed { outcome = .success(value) }
                } catch {
                    if !hasFailed { outcome = .failure(error) }
                    hasFailed = true
                }
            }
        }
    }
}

/// A statement of a pipeline, checked before anything is sent.
private enum PipelineRequest {
    case ready(StatementCache.Key, EncodedParameters)
    case refused(PostgresError)

    init(_ sql: String, _ parameters: [PostgresValue]) {
        do throws(PostgresError) {
            try checkForNUL(sql, "a statement")
            let encoded = try EncodedParameters(parameters)
            self = .ready(StatementCache.Key(sql: sql, types: encoded.types), encoded)
        } catch {
            self = .refused(error)
        }
    }
}
