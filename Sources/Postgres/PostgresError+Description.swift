extension PostgresError: CustomStringConvertible {
    /// A text that is safe to log: it quotes no value of a row or parameter.
    package var description: String {
        switch self {
        case .configuration(let text): "PostgreSQL configuration: \(text)"
        case .connection(let text): "PostgreSQL connection: \(text)"
        case .server(let state, let message, _, _): "PostgreSQL \(state): \(Self.redacted(message, state))"
        case .encoding(let text): "PostgreSQL parameter: \(text)"
        case .decoding(let column, let problem): "PostgreSQL column \(column): \(problem)"
        case .transaction(let body, let rollback):
            "PostgreSQL transaction failed (\(Self.safe(body))), and so did its rollback (\(rollback))"
        case .misuse(let text): "PostgreSQL call: \(text)"
        case .migration(let name, let problem): "migration \(name): \(problem)"
        case .cluster(let text): "PostgreSQL server: \(text)"
        case .closed: "PostgreSQL connection is closed"
        case .cancelled: "PostgreSQL statement was cancelled"
        }
    }

    /// The primary message without the value that data exceptions (class 22) quote: `invalid input syntax for type
    /// date: "…"`.
    private static func redacted(_ message: String, _ state: SQLState) -> String {
        guard state.classCode == "22" else { return message }
        return String(message.prefix { $0 != "\"" && $0 != ":" })
    }

    /// Other targets' errors follow the same rule for their descriptions; anything else is named by its type only.
    private static func safe(_ error: any Error) -> String {
        ((error as Any) as? any CustomStringConvertible)?.description ?? "\(type(of: error))"
    }
}

extension PostgresError: CustomDebugStringConvertible {
    /// Everything the server said, values of rows included: for a developer's eyes, not for a log.
    package var debugDescription: String {
        switch self {
        case .server(let state, let message, let constraint, let detail):
            [
                "PostgreSQL \(state): \(message)", constraint.map { "CONSTRAINT: \($0)" }, detail,
            ].compactMap(\.self).joined(separator: "\n")
        case .transaction(let body, let rollback):
            "body: \(String(reflecting: body))\nrollback: \(String(reflecting: rollback))"
        case .migration(let name, .failed(let error)): "migration \(name): \(String(reflecting: error))"
        default: description
        }
    }
}

extension DecodingProblem: CustomStringConvertible {
    /// What was found and what was wanted, without the value.
    package var description: String {
        switch self {
        case .noSuchColumn: "is not in the result"
        case .null: "is null"
        case .type(let found, let wanted): "is \(found), which is not read as \(wanted)"
        case .malformed(let found, let wanted): "holds a \(found) that is no \(wanted)"
        }
    }
}
