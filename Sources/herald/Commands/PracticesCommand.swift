import ArgumentParser
import Foundation
import MESH
import Outbound
import Store
import Subscriptions
import Vaccination

/// `herald practices`: GP practices and their endpoints.
struct PracticesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "practices",
        abstract: "Load GP practices, and see what became of their documents.",
        subcommands: [Load.self, Documents.self]
    )

    struct Load: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Load practices from a JSON file: an array of {odsCode, name, endpoint, subLocation}.",
            discussion: """
                An endpoint is a URL for FHIR notifications, mesh:MAILBOX for Digital Medicine documents by MESH, or mesh: \
                for a mailbox that is looked up in MESH by the practice's ODS code. A practice without an endpoint is known \
                but not told; where HERALD_MESH_URL is set, its mailbox is looked up. subLocation is its ICB sub-location (the former CCG), \
                for the rule CHO_GP_CCG; without one the rule never meets its patients. Loading again changes names and endpoints; what a \
                practice has been sent stays as it is. Works on the database, beside the hub.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The JSON file.") var file: String
        @Option(help: "Who makes the change, for the record.") var by = Operator.name
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw CommandFailure("\(file) cannot be read")
            }
            let reader = try database.reader()
            let policy = try AddressPolicy(reader: reader)
            let hasMESH = reader.text(.meshUrl) != nil
            let practices = try PracticeFile.read(data, name: file).map { practice in
                var practice = practice
                if hasMESH { practice.endpoint = practice.endpoint ?? Subscription.mailboxPrefix }
                return practice
            }
            for practice in practices {
                guard let endpoint = practice.endpoint else { continue }
                if endpoint.hasPrefix(Subscription.mailboxPrefix) {
                    let mailbox = String(endpoint.dropFirst(Subscription.mailboxPrefix.count))
                    guard mailbox.isEmpty || MailboxID(mailbox)?.text == mailbox else {
                        throw CommandFailure(
                            "endpoint of \(practice.odsCode) in \(file): write mesh:MAILBOX in capitals and digits, or mesh:"
                        )
                    }
                    continue
                }
                do throws(EndpointURLError) {
                    // Not looked up: thousands of names would take their time, and each connection does.
                    _ = try EndpointURL(endpoint, policy: policy)
                } catch {
                    throw CommandFailure("endpoint of \(practice.odsCode) in \(file): \(error)")
                }
            }
            let command = OperatorCommand("herald practices load", by: by)
            try await database.withStore(for: command) { try await $0.load(practices: practices) }
            let subscribed = practices.count { $0.endpoint != nil }
            if json {
                try Console.json(["loaded": practices.count, "subscribed": subscribed])
            } else {
                Console.line("Loaded \(Console.count(practices.count, "practice")), \(subscribed) with an endpoint.")
            }
        }
    }
}

/// The file `herald practices load` reads.
enum PracticeFile {
    private static let members: Set = ["odsCode", "name", "endpoint", "subLocation"]

    /// - Throws: ``CommandFailure`` with what is wrong; a misspelt member is an error, for without its endpoint a practice
    ///   would be told nothing.
    static func read(_ data: Data, name: String) throws -> [Practice] {
        guard let entries = try? JSONSerialization.jsonObject(with: data) as? [[String: Any]],
            let practices = try? JSONDecoder().decode([Practice].self, from: data)
        else {
            throw CommandFailure(
                "\(name) must be a JSON array of {\"odsCode\", \"name\", \"endpoint\", \"subLocation\"}"
            )
        }
        for member in entries.flatMap(\.keys) where !members.contains(member) {
            throw CommandFailure(
                "\(name) has a member \"\(member)\"; a practice has odsCode, name, endpoint and subLocation"
            )
        }
        for practice in practices where ODSCode(practice.odsCode)?.text != practice.odsCode {
            throw CommandFailure("\"\(practice.odsCode)\" in \(name) is not an ODS code in upper case")
        }
        for code in practices.compactMap(\.subLocation) where ODSCode(code)?.text != code {
            throw CommandFailure("subLocation \"\(code)\" in \(name) is not a code in upper case")
        }
        return practices
    }
}
