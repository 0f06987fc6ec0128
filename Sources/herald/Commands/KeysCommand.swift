import Access
import ArgumentParser
import Foundation
import Outbound
import Store

/// `herald keys`: the signing keys of the built-in issuer.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "List and rotate the hub's signing keys. Works on HERALD_DATA_DIR, beside the hub.",
        subcommands: [List.self, Rotate.self, Delivery.self, RotateDelivery.self],
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

    struct Delivery: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The keys that notifications are signed with, and those that protect subscribers' secrets."
        )
        @OptionGroup var key: KeyOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let directory = try key.reader().text(.dataDir) ?? ".herald"
            try KeysCommand.report(try KeysCommand.refusals { try DeliveryKeys.load(in: directory) }, json: json)
        }
    }

    struct RotateDelivery: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate-delivery",
            abstract: "Put a new key in front: for the signatures of notifications, or for secrets in the database.",
            discussion: """
                A new signing key signs at once, and the old one beside it for the grace time, so that receivers which know \
                only the old one go on; with --grace 0 the old one is gone at once. After a new key for secrets running hubs \
                protect all secrets with it within a minute; keep backups of delivery-keys.json as long as those of the database.
                """
        )
        @OptionGroup var key: KeyOptions
        @Option(name: .customLong("for"), help: "notifications or secrets.") var use = DeliveryKeyReport.Use
            .notifications
        @Option(help: "Seconds that old signing keys go on to sign, 0 to 604800.") var grace = 86_400
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            guard (0...604_800).contains(grace) else { throw ValidationError("--grace must be 0 to 604800 seconds") }
        }

        func run() async throws {
            let directory = try key.reader().text(.dataDir) ?? ".herald"
            let keys = try KeysCommand.refusals {
                try DeliveryKeys.rotate(in: directory, use, grace: TimeInterval(grace), now: Date())
            }
            try KeysCommand.report(keys, json: json)
        }
    }

    private static func report(_ keys: DeliveryKeys, json: Bool) throws {
        let views = keys.report(now: Date()).map(DeliveryKeyView.init)
        if json { return try Console.json(views) }
        Console.table(
            ["KEY", "FOR", "STATE", "FROM", "UNTIL"],
            views.map { [$0.kid, $0.use, $0.state, $0.from.ISO8601Format(), $0.until?.ISO8601Format() ?? "-"] }
        )
    }

    /// A delivery key as the commands print it: never the key itself.
    private struct DeliveryKeyView: Encodable {
        let kid, use, state: String
        let from: Date
        let until: Date?

        init(_ report: DeliveryKeyReport) {
            kid = report.id
            use = report.use.rawValue
            state = report.state
            from = report.from
            until = report.until
        }
    }

    private static func refusals<Keys>(_ body: () throws -> Keys) throws -> Keys {
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

extension DeliveryKeyReport.Use: ExpressibleByArgument {}
