import Feeds
package import Postgres
import Synchronization

/// Herald's ports on PostgreSQL: all SQL of the product is in this target, and none of its decisions.
package final class PostgresStore: Sendable {
    let pool: PostgresPool
    /// The subscriptions as of the generation they were read in.
    let index = Mutex<GenerationIndex?>(nil)
    /// The reference data as of the generation it was read in.
    let referenceCache = Mutex<ReferenceData?>(nil)

    /// - Parameter pool: Connections to a database whose schema is current (``SchemaMigrations``).
    package init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Whether the database answers.
    package func ping() async throws {
        _ = try await pool.query("SELECT 1", [])
    }
}
