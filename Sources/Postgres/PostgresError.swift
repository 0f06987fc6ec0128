/// What can go wrong between Herald and PostgreSQL.
package enum PostgresError: Error {
    /// A connection URL or keyword string that libpq does not understand.
    case configuration(String)
    /// No connection, or one that was lost; the text is libpq's.
    case connection(String)
    /// The server refused a statement.
    ///
    /// `detail` holds DETAIL, HINT and CONTEXT, which quote values of rows: it must not be logged.
    case server(SQLState, message: String, constraint: String?, detail: String?)
    /// A parameter that cannot be sent, such as text with a NUL character.
    case encoding(String)
    /// A column that does not hold what was asked for.
    case decoding(column: String, DecodingProblem)
    /// A transaction's body failed, and so did the rollback.
    indirect case transaction(body: any Error, rollback: PostgresError)
    /// A call that makes no sense in the connection's present state.
    case misuse(String)
    /// A migration that cannot be applied, or a database that does not fit the migrations.
    indirect case migration(name: String, MigrationProblem)
    /// A private server that cannot be made, started or stopped; the text says what to do.
    case cluster(String)
    /// The connection or the pool was closed before.
    case closed
    /// The task was cancelled; whether a statement in flight took effect is not known.
    case cancelled
}

/// Why a column could not be decoded.
package enum DecodingProblem: Hashable, Sendable {
    /// The result has no column of that name or number.
    case noSuchColumn
    /// SQL null where the type asked for has no room for it.
    case null
    /// A PostgreSQL type that the Swift type is never decoded from.
    case type(PostgresType, wanted: String)
    /// Bytes that do not have the type's form, or a value outside the Swift type's range.
    case malformed(PostgresType, wanted: String)
}

extension PostgresError {
    /// The server's code, where the server refused a statement.
    package var sqlState: SQLState? {
        switch self {
        case .server(let state, _, _, _): state
        case .transaction(let body, _): (body as? PostgresError)?.sqlState
        case .migration(_, .failed(let error)): error.sqlState
        default: nil
        }
    }

    /// The violated constraint's name, where there is one.
    package var constraint: String? {
        guard case .server(_, _, let constraint, _) = self else { return nil }
        return constraint
    }

    /// Whether a key was there already (23505).
    package var isUniqueViolation: Bool { sqlState == .uniqueViolation }

    /// Whether the same work may succeed when done again on another connection.
    ///
    /// After a lost connection it is not known whether a COMMIT in flight took effect: only work that finds its own
    /// traces may be repeated.
    package var isRetriable: Bool {
        switch self {
        case .connection: true
        case .server(let state, _, _, _): state.isRetriable
        case .transaction(let body, let rollback): (body as? PostgresError)?.isRetriable ?? rollback.isRetriable
        case .migration(_, .failed(let error)): error.isRetriable
        default: false
        }
    }

    /// The line of the COPY data the server stumbled over, counted from 1.
    package var copyLine: Int? {
        // CONTEXT reads "COPY table, line 17[, column name[: value]]"; there is no field of its own for the number.
        guard case .server(_, _, _, let detail?) = self, let mark = detail.firstRange(of: ", line ") else { return nil }
        return Int(detail[mark.upperBound...].prefix(while: \.isWholeNumber))
    }
}
