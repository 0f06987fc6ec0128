import ArgumentParser
import Foundation
import Operations
import Store

extension PatientsCommand {
    /// `herald patients waiting`: whose vaccinations no practice has been told of.
    struct Waiting: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List records that no practice was told of because the patient has none that is known.",
            discussion: """
                no-gp: registered nowhere; not-traced: the directory does not know the patient, or the record has no NHS \
                number; no-mailbox: the practice was not loaded. The directory is asked again daily for a week, then weekly up \
                to day 90 (then no-gp-final), and at once when herald patients load has news; everybody else is told of the \
                records meanwhile. Only ids of records are shown: herald trace shows more. Works on the database, beside the \
                hub.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @Option(help: "How many are listed.") var limit = 100
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            guard (1...100_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 100000") }
        }

        func run() async throws {
            let records = try await database.withStore { try await $0.waitingRecords(limit: limit) }
            if json { return try Console.json(records) }
            if records.isEmpty { return Console.line("Every record's practice was told of it.") }
            for record in records {
                let next = record.dueAt.map { "asked again \($0.formatted(.iso8601))" } ?? "not asked again by itself"
                let state = record.state.padding(toLength: 12, withPad: " ", startingAt: 0)
                Console.line("\(record.record)  \(state) since \(record.since.formatted(.iso8601)), \(next)")
            }
        }
    }
}
