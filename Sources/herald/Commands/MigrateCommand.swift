import ArgumentParser
import Logging
import Postgres
import Store

/// `herald migrate`: brings the schema up to date.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the database schema up to date. Safe to repeat, and for several processes at once.",
        discussion: """
            herald serve does this by itself where its role owns the tables. With --hub-role another role is given what a \
            hub needs and no more: it can neither change the schema, nor change or remove what is in the audit trail. Run \
            the command as the owner then, and herald serve as that role.
            """
    )

    @OptionGroup var database: DatabaseOptions
    @Option(help: "The role that hubs connect as, where it is not the owner of the tables.") var hubRole: String?
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        var logger = Logger(label: "herald")
        logger.logLevel = .warning
        let pool = PostgresPool(configuration: try PostgresConfiguration(reader: database.reader()), logger: logger)
        let applied = try await Migrator(migrations: SchemaMigrations.all).migrate(on: pool, logger: logger)
        do {
            if let hubRole { try await PostgresStore(pool: pool).grant(toHubRole: hubRole) }
        } catch let error as HubRoleError {
            await pool.close()
            throw CommandFailure("\(error)")
        }
        await pool.close()
        if json {
            try Console.json(["applied": applied])
        } else {
            Console.line(applied.isEmpty ? "The schema is up to date." : "Applied \(applied.joined(separator: ", ")).")
            if let hubRole {
                Console.line("The role \(hubRole) may run the hub; the audit trail is append-only for it.")
            }
        }
    }
}
