/// A five-character error code of PostgreSQL (manual, appendix A).
package struct SQLState: RawRepresentable, Hashable, Sendable {
    /// The five characters, such as `23505`.
    package let rawValue: String

    /// Takes a code as the server sent it; it is compared, never interpreted further than its class.
    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The first two characters: the class all related codes share.
    package var classCode: Substring { rawValue.prefix(2) }
}

extension SQLState: CustomStringConvertible {
    /// The five characters.
    package var description: String { rawValue }
}

extension SQLState {
    /// 0A000: something PostgreSQL does not do; also how it reports a prepared plan that no longer fits its tables.
    package static let featureNotSupported = SQLState(rawValue: "0A000")
    /// 22021: bytes that are not text in the database's encoding.
    package static let characterNotInRepertoire = SQLState(rawValue: "22021")
    /// 23502: a null where none is allowed.
    package static let notNullViolation = SQLState(rawValue: "23502")
    /// 23503: a reference to a row that is not there.
    package static let foreignKeyViolation = SQLState(rawValue: "23503")
    /// 23505: a key that is there already.
    package static let uniqueViolation = SQLState(rawValue: "23505")
    /// 23514: a value a check constraint refuses.
    package static let checkViolation = SQLState(rawValue: "23514")
    /// 25P02: a statement after an error, in a transaction that can only be rolled back.
    package static let inFailedTransaction = SQLState(rawValue: "25P02")
    /// 26000: a prepared statement the server does not know.
    package static let invalidStatementName = SQLState(rawValue: "26000")
    /// 40001: concurrent transactions that do not fit into any order; try again.
    package static let serializationFailure = SQLState(rawValue: "40001")
    /// 40P01: this transaction was sacrificed to end a deadlock; try again.
    package static let deadlockDetected = SQLState(rawValue: "40P01")
    /// 42501: what the role may not do.
    package static let insufficientPrivilege = SQLState(rawValue: "42501")
    /// 42P01: no such table.
    package static let undefinedTable = SQLState(rawValue: "42P01")
    /// 42P04: a database of that name exists.
    package static let duplicateDatabase = SQLState(rawValue: "42P04")
    /// 55P03: a lock that was not to be waited for.
    package static let lockNotAvailable = SQLState(rawValue: "55P03")
    /// 57014: cancelled, by request or by `statement_timeout`.
    package static let queryCanceled = SQLState(rawValue: "57014")
    /// 57P01: the server is shutting down, or an administrator ended the session.
    package static let adminShutdown = SQLState(rawValue: "57P01")
    /// 57P02: another session crashed and took all with it.
    package static let crashShutdown = SQLState(rawValue: "57P02")
    /// 57P03: the server is starting up or recovering.
    package static let cannotConnectNow = SQLState(rawValue: "57P03")

    /// Whether the same work may succeed when it is done again from the start of its transaction.
    package var isRetriable: Bool {
        switch self {
        case .serializationFailure, .deadlockDetected, .adminShutdown, .crashShutdown, .cannotConnectNow: true
        default: classCode == "08"
        }
    }
}
