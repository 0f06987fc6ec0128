package import Logging

/// Brings a database's schema up to date, once however many processes start together.
package struct Migrator: Sendable {
    /// All migrations, in the order they are applied.
    package let migrations: [Migration]

    /// "Herald mi" in ASCII: the key of the advisory lock that lets one process migrate at a time.
    private static let lockKey: Int64 = 0x48_65_72_61_6C_64_6D_69

    /// A migrator for the whole history of a schema.
    package init(migrations: [Migration]) {
        self.migrations = migrations
    }

    /// Applies what the database lacks, each migration in a transaction of its own.
    ///
    /// - Returns: the names applied now, none where the schema was up to date.
    /// - Throws: ``PostgresError/migration(name:_:)``; migrations applied before the failing one stay.
    package func migrate(on pool: PostgresPool, logger: Logger) async throws -> [String] {
        try await pool.withConnection { try await migrate(on: $0, logger: logger) }
    }

    /// The same on a connection that is in no transaction.
    package func migrate(on connection: PostgresConnection, logger: Logger) async throws -> [String] {
        // A migration may take longer than any statement of daily work, and so may waiting for another process's.
        try await connection.withoutTimeout { try await migrateAlone(on: connection, logger: logger) }
    }

    private func migrateAlone(on connection: PostgresConnection, logger: Logger) async throws -> [String] {
        try await connection.query("SELECT pg_advisory_lock($1)", [.int8(Self.lockKey)])
        let outcome: Result<[String], any Error>
        do {
            outcome = .success(try await applyMissing(on: connection, logger: logger))
        } catch {
            outcome = .failure(error)
        }
        // On a connection that is gone the server has released the lock; the failure that matters is the first.
        _ = try? await connection.execute(
            script: "SELECT pg_advisory_unlock(\(Self.lockKey))",
            cancellable: false
        )
        return try outcome.get()
    }

    private func applyMissing(on connection: PostgresConnection, logger: Logger) async throws -> [String] {
        // A role that may not create tables is told so by a migration that is missing, not by this.
        let there = try await connection.query("SELECT to_regclass('schema_migration') IS NOT NULL AS is_there").first
        if try there?.decode("is_there", as: Bool.self) != true {
            try await connection.execute(
                script: """
                    CREATE TABLE schema_migration (
                        name text PRIMARY KEY,
                        sha256 text NOT NULL,
                        applied_at timestamptz NOT NULL DEFAULT now()
                    )
                    """
            )
        }
        var applied: [String] = []
        for migration in try await missing(on: connection) {
            try await apply(migration, on: connection)
            logger.info("Applied a migration", metadata: [LogKey.migration: "\(migration.name)"])
            applied.append(migration.name)
        }
        return applied
    }

    /// What is still to be applied, after a look at whether what is applied fits.
    private func missing(on connection: PostgresConnection) async throws -> ArraySlice<Migration> {
        var known: Set<String> = []
        for migration in migrations where !known.insert(migration.name).inserted {
            throw PostgresError.migration(name: migration.name, .duplicate)
        }
        // The server hashes the texts: one definition of the checksum, and no library for it here.
        let rows = try await connection.query(
            """
            SELECT coalesce(known.name, applied.name) AS name,
                   known.name IS NOT NULL AS is_known,
                   applied.name IS NOT NULL AS is_applied,
                   applied.sha256 = encode(sha256(convert_to(known.sql, 'UTF8')), 'hex') AS is_unchanged
            FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS known (name, sql, position)
            FULL JOIN schema_migration applied ON applied.name = known.name
            ORDER BY known.position NULLS LAST, applied.name
            """,
            [.texts(migrations.map(\.name)), .texts(migrations.map(\.sql))]
        )
        var firstMissing: Int?
        for (index, row) in rows.enumerated() {
            let name: String = try row.decode("name")
            guard try row.decode("is_known") else { throw PostgresError.migration(name: name, .unknown) }
            guard try row.decode("is_applied") else {
                firstMissing = firstMissing ?? index
                continue
            }
            guard try row.decode("is_unchanged") else { throw PostgresError.migration(name: name, .edited) }
            if let firstMissing {
                throw PostgresError.migration(name: migrations[firstMissing].name, .outOfOrder)
            }
        }
        return migrations[(firstMissing ?? migrations.endIndex)...]
    }

    private func apply(_ migration: Migration, on connection: PostgresConnection) async throws {
        do {
            try await connection.withTransaction { connection in
                try await connection.execute(script: migration.sql)
                guard await connection.isInTransaction else {
                    throw PostgresError.migration(name: migration.name, .endsTransaction)
                }
                try await connection.query(
                    "INSERT INTO schema_migration (name, sha256) VALUES ($1, encode(sha256(convert_to($2, 'UTF8')), 'hex'))",
                    [.text(migration.name), .text(migration.sql)]
                )
            }
        } catch let error as PostgresError {
            switch error {
            case .migration, .cancelled: throw error
            default: throw PostgresError.migration(name: migration.name, .failed(error))
            }
        }
    }
}
