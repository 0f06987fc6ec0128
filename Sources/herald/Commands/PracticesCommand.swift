import ArgumentParser
import Foundation
import Store
import Subscriptions
import Vaccination

/// `herald practices`: GP practices and their endpoints.
struct PracticesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "practices",
        abstract: "Load GP practices; each with an endpoint is told of its patients' vaccinations.",
        subcommands: [Load.self]
    )

    struct Load: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Load practices from a JSON file: an array of {odsCode, name, endpoint}.",
            discussion: """
                A practice without an endpoint is known but not told. Loading again changes names and endpoints; what a \
                practice has been sent stays as it is. Works on the database, beside the hub.
                """
        )
        @OptionGroup var settings: SettingsOptions
        @Argument(help: "The JSON file.") var file: String
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw CommandFailure("\(file) cannot be read")
            }
            guard let practices = try? JSONDecoder().decode([Practice].self, from: data) else {
                throw CommandFailure("\(file) must be a JSON array of {\"odsCode\", \"name\", \"endpoint\"}")
            }
            for practice in practices where ODSCode(practice.odsCode)?.text != practice.odsCode {
                throw CommandFailure("\"\(practice.odsCode)\" in \(file) is not an ODS code in upper case")
            }
            try await settings.withStore { try await $0.load(practices: practices) }
            let subscribed = practices.count { $0.endpoint != nil }
            if json {
                try Console.json(["loaded": practices.count, "subscribed": subscribed])
            } else {
                Console.line("Loaded \(practices.count) practices, \(subscribed) of them with an endpoint.")
            }
        }
    }
}
