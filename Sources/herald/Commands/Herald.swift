import ArgumentParser
import Postgres

/// The one executable.
@main
struct Herald: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "herald",
        abstract: "A hub that shares vaccination events.",
        discussion: """
            A site uploads a feed; Herald checks every row, keeps it as a FHIR Immunization, and tells the patient's GP \
            practice, the National Immunisation Service and every subscriber. Begin with: herald demo
            """,
        version: version,
        subcommands: [
            ServeCommand.self, DemoCommand.self, MigrateCommand.self, IngestCommand.self, FeedsCommand.self,
            HistoryCommand.self, SubscriptionsCommand.self, DeliveriesCommand.self, PatientsCommand.self,
            PracticesCommand.self,
            GeographyCommand.self, ReferenceCommand.self, ClientsCommand.self, MailboxCommand.self, EventsCommand.self,
            AuditCommand.self, NISCommand.self,
            ReplayCommand.self, SinkCommand.self, TokenCommand.self, KeysCommand.self, DoctorCommand.self,
            TraceCommand.self, BenchCommand.self,
        ]
    )
}

/// A command that did not do what was asked; the text says what to do next.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
