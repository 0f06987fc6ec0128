import ArgumentParser
import Logging
import Postgres
import Store

/// `herald migrate`: brings the schema up to date.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the database schema up to date. Safe to repeat, and for several processes at once."
    )

    @OptionGroup var database: DatabaseOptions
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        var logger = Logger(label: "herald")
        logger.logLevel = .warning
        let pool = PostgresPool(configuration: try PostgresConfiguration(reader: database.reader()), logger: logger)
        let applied = try await Migrator(migrations: SchemaMigrations.all).migrate(on: pool, logger: logger)
        await pool.close()
        if json {
            try Console.json(["applied": applied])
        } else {
            Console.line(applied.isEmpty ? "The schema is up to date." : "Applied \(applied.joined(separator: ", ")).")
        }
    }
}
