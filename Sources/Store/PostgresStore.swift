package import Events
import Feeds
package import Outbound
package import Postgres
import Synchronization

/// Herald's ports on PostgreSQL: all SQL of the product is in this target, and none of its decisions.
package final class PostgresStore: Sendable {
    let pool: PostgresPool
    /// Who is asked about patients before a slice is routed; nil for the table `patient`.
    let directory: (any PatientDirectory)?
    /// The command that works with this store; nil in a hub.
    let command: OperatorCommand?
    /// What letters and messages are encrypted with; nil in a process that has no keys.
    let contents: ContentVault?
    /// The subscriptions that name no patient, as of the generation they were read in.
    let rules = Mutex<GenerationIndex?>(nil)
    /// The reference data as of the generation it was read in.
    let referenceCache = Mutex<ReferenceData?>(nil)

    /// - Parameters:
    ///   - pool: Connections to a database whose schema is current (``SchemaMigrations``).
    ///   - directory: Who is asked about patients before a slice is routed; nil for the table that
    ///     ``load(patients:columns:)`` fills.
    ///   - command: The command that works with this store, for the audit trail; nil in a hub.
    ///   - contents: What letters and messages are encrypted with; nil in a process that has no keys.
    package init(
        pool: PostgresPool,
        directory: (any PatientDirectory)? = nil,
        command: OperatorCommand? = nil,
        contents: ContentVault? = nil
    ) {
        self.contents = contents
        self.command = command
        self.pool = pool
        self.directory = directory
    }

    /// Whether the database answers.
    package func ping() async throws {
        _ = try await pool.query("SELECT 1", [])
    }
}
