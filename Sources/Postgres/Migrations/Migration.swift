/// One step of a schema's history: once applied anywhere, its text never changes again.
package struct Migration: Hashable, Sendable {
    /// What the step is called in the database, for ever.
    package let name: String
    /// Its statements, run in one transaction, which they must not end.
    package let sql: String

    /// A step named `name`.
    package init(name: String, sql: String) {
        self.name = name
        self.sql = sql
    }
}

/// Why a migration, or a database with such a one in it, is refused.
package enum MigrationProblem: Sendable {
    /// Two migrations of one name.
    case duplicate
    /// The database has it with another text.
    case edited
    /// The database has it and this program does not know it: the program is older than the database.
    case unknown
    /// The database lacks it but has a later one.
    case outOfOrder
    /// Its statements contain COMMIT or ROLLBACK.
    case endsTransaction
    /// Its statements fail.
    case failed(PostgresError)
}

extension MigrationProblem: CustomStringConvertible {
    /// What is wrong and what to do.
    package var description: String {
        switch self {
        case .duplicate: "there are two of this name"
        case .edited: "was changed after it had been applied; put its text back and write a new migration"
        case .unknown: "is in the database but not in this program; run a version that knows it"
        case .outOfOrder: "comes before one that is applied already; give it a later name"
        case .endsTransaction: "ends its transaction; leave COMMIT and ROLLBACK out"
        case .failed(let error): "\(error)"
        }
    }
}
