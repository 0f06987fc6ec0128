import Access
import ArgumentParser
import Foundation
import Store

/// `herald keys`: the signing keys of the built-in issuer.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "List and rotate the hub's signing keys. Works on HERALD_DATA_DIR, beside the hub.",
        subcommands: [List.self, Rotate.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The keys, in the order in which they sign.")
        @OptionGroup var key: KeyOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let directory = try key.reader().text(.dataDir) ?? ".herald"
            try KeysCommand.report(try KeysCommand.refusals { try SigningKeys.load(in: directory) }, json: json)
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have the waiting key take over, and publish a new one behind it.",
            discussion: """
                Others keep the key set for a day at most, so the waiting key takes over once it has been published for \
                24 hours, and the old one stays published for 24 hours after that: no token is refused. Running hubs \
                notice within a minute.

                With --now it takes over at once; services with an older key set may refuse new tokens until they fetch it \
                again. With --withdraw all keys are replaced and every token ends: for keys that others may have seen.

                The rotation goes into the audit trail first; where the database is away, nothing is rotated.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @Option(help: "Overrides HERALD_DATA_DIR, the folder of the signing keys.") var dataDir: String?
        @Flag(help: "Take over at once; tokens of the old key stay good.") var now = false
        @Flag(help: "Replace every key at once; all tokens end.") var withdraw = false
        @Option(help: "Who rotates, for the record.") var by = Operator.name
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let directory = try database.reader([.dataDir: dataDir]).text(.dataDir) ?? ".herald"
            let rotation: KeyRotation = withdraw ? .withdrawing : now ? .immediate : .staged
            // Without keys there is nothing to rotate, and nothing to take down.
            _ = try KeysCommand.refusals { try SigningKeys.load(in: directory) }
            let change = AuditRecord.change("signing keys: \(rotation) rotation", by: by, with: "herald keys rotate")
            do {
                try await database.withStore { try await $0.append([change]) }
            } catch {
                throw CommandFailure("nothing was rotated, for it could not be put on record: \(error)")
            }
            let keys = try KeysCommand.refusals { try SigningKeys.rotate(in: directory, rotation, now: Date()) }
            try KeysCommand.report(keys, json: json)
        }
    }

    private static func refusals(_ body: () throws -> SigningKeys) throws -> SigningKeys {
        do {
            return try body()
        } catch let error as SigningKeyError {
            throw CommandFailure("\(error)")
        }
    }

    private static func report(_ keys: SigningKeys, json: Bool) throws {
        let views = keys.report(now: Date()).map(KeyView.init)
        if json { return try Console.json(views) }
        Console.table(
            ["KEY", "STATE", "PUBLISHED", "SIGNS FROM", "SIGNS UNTIL"],
            views.map { key in
                [key.kid, key.state]
                    + [key.publishedFrom, key.signsFrom, key.signsUntil].map { $0?.ISO8601Format() ?? "-" }
            }
        )
    }

    /// A key as the commands print it: never the key itself.
    private struct KeyView: Encodable {
        let kid, state: String
        let publishedFrom, signsFrom, signsUntil: Date?

        init(_ report: SigningKeyReport) {
            kid = report.id.rawValue
            state = report.state.rawValue
            publishedFrom = report.publishedFrom
            signsFrom = report.activeFrom
            signsUntil = report.activeUntil
        }
    }
}
