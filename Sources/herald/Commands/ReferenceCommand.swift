import ArgumentParser
import Feeds
import Foundation
import Store
import Vaccination

/// `herald reference`: vaccine types, suppliers and their permissions.
struct ReferenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference",
        abstract: "Load, show and export vaccine types, suppliers and their permissions.",
        discussion: """
            Works on the database, beside the hub. Running hubs notice at once: a file is checked by the data of the moment \
            it arrives, and applied by the data of the moment its turn comes.
            """,
        subcommands: [Load.self, Show.self, Export.self],
        defaultSubcommand: Show.self
    )

    struct Load: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace the suppliers or the vaccine types by the lists in files.",
            discussion: """
                A file holds an array of suppliers ({supplier, permissions, ods_codes, do_not_echo_to}) or an object with \
                vaccineTypes. All files are checked first; either all changes are made or none. What a list leaves out is \
                removed, unless a client acts for it or files of it are kept.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "JSON files.") var files: [String]
        @Flag(help: "Say what would change, and change nothing.") var dryRun = false
        @Flag(help: "Remove also what clients or files refer to; such files that still wait will fail.")
        var removeUsed = false
        @Option(help: "Who makes the change, for the record.") var by = Operator.name
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let files = try files.map(ReferenceFile.init(path:))
            let difference = try await database.withStore { store in
                do {
                    return try await store.changeReference(by: by, removesUsed: removeUsed, isTrial: dryRun) {
                        var data = $0
                        data.take(files)
                        return data
                    }
                } catch let error as ReferenceError {
                    throw CommandFailure("nothing was changed:\n\(error)")
                }
            }
            try ReferenceCommand.report(difference, isTrial: dryRun, json: json)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Suppliers with their ODS codes and permissions.")
        @OptionGroup var database: DatabaseOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let data = try await database.withStore { try await $0.reference() }
            if json { return try Console.json(ReferenceView(data)) }
            let types = data.vaccineTypes.all.map(\.code).joined(separator: " ")
            Console.line("Generation \(data.generation). Vaccine types: \(types)\n")
            Console.table(
                ["SUPPLIER", "ODS CODES", "PERMISSIONS", "NOT ECHOED TO"],
                data.suppliers.all.map { supplier in
                    [
                        supplier.name, supplier.odsCodes.map(\.text).joined(separator: " "),
                        supplier.permissionTexts.joined(separator: " "),
                        supplier.doNotEchoTo.sorted().joined(separator: " "),
                    ]
                }
            )
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a list as a file that herald reference load reads."
        )
        enum List: String, ExpressibleByArgument, CaseIterable {
            case suppliers
            case vaccineTypes = "vaccine-types"
        }
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "suppliers or vaccine-types.") var list: List

        func run() async throws {
            let data = try await database.withStore { try await $0.reference() }
            let bytes =
                switch list {
                case .suppliers: try data.suppliers.json
                case .vaccineTypes: try data.vaccineTypes.json
                }
            Console.line(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Says what changed, or would.
    static func report(_ difference: ReferenceDifference, isTrial: Bool, json: Bool) throws {
        if json { return try Console.json(["changes": difference.lines]) }
        for line in difference.lines { Console.line(line) }
        guard !difference.isEmpty else { return Console.line("Nothing changes.") }
        Console.line(
            isTrial ? "Not changed (--dry-run)." : "Changed; running hubs go by it from the next file they take."
        )
    }
}

/// Who works on the database beside the hub.
enum Operator {
    /// The account's name.
    static var name: String { NSUserName() }
}

/// Reference data as `herald reference show --json` prints it.
private struct ReferenceView: Encodable {
    struct SupplierView: Encodable {
        let supplier: String
        let odsCodes, permissions, doNotEchoTo: [String]
    }

    let generation: Int64
    let vaccineTypes: [String]
    let suppliers: [SupplierView]

    init(_ data: ReferenceData) {
        generation = data.generation
        vaccineTypes = data.vaccineTypes.all.map(\.code)
        suppliers = data.suppliers.all.map { supplier in
            SupplierView(
                supplier: supplier.name,
                odsCodes: supplier.odsCodes.map(\.text),
                permissions: supplier.permissionTexts,
                doNotEchoTo: supplier.doNotEchoTo.sorted()
            )
        }
    }
}
