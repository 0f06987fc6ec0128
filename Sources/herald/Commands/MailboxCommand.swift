import ArgumentParser
import Foundation
import MESH
import Store

/// `herald mailbox`: who may send feeds by MESH, and what became of messages and acknowledgements.
struct MailboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailbox",
        abstract: "Say whose MESH mailboxes send feeds, and see what needs a person.",
        discussion: """
            Files are taken from mailboxes that an API client stands behind, for the suppliers of that client. Messages \
            from others stay in the mailbox for a day and are set aside then.
            """,
        subcommands: [Show.self, Allow.self, Deny.self, Save.self, Resend.self],
        defaultSubcommand: Show.self
    )

    /// `herald mailbox show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the mailboxes, the senders, and what was left, set aside or not delivered."
        )

        @OptionGroup var database: DatabaseOptions
        @Flag(help: "Print JSON.") var json = false

        private struct Office: Encodable {
            let mailboxes: [MailboxState]
            let senders: [String: String]
            let troubles: [MailboxTrouble]
        }

        func run() async throws {
            let office = try await database.withStore { store in
                Office(
                    mailboxes: try await store.mailboxes(),
                    senders: Dictionary(
                        try await store.mailboxSenders().map { ($0.mailbox, $0.client) },
                        uniquingKeysWith: { first, _ in first }
                    ),
                    troubles: try await store.mailboxTroubles(limit: 100)
                )
            }
            if json { return try Console.json(office) }
            if office.mailboxes.isEmpty { Console.line("No mailbox has been emptied yet: set HERALD_MESH_URL.") }
            for mailbox in office.mailboxes { show(mailbox) }
            for (mailbox, client) in office.senders.sorted(by: { $0.key < $1.key }) {
                Console.line("sender \(mailbox): client \(client)")
            }
            for trouble in office.troubles {
                let since = trouble.since.map { $0.formatted(.iso8601) } ?? ""
                Console.line("\(trouble.state)  \(trouble.id)  \(trouble.other ?? "-")  \(trouble.workflow)  \(since)")
                if let reason = trouble.reason { Console.line("  \(reason)") }
            }
        }

        private func show(_ mailbox: MailboxState) {
            Console.line(
                "mailbox \(mailbox.name): \(mailbox.isHeld ? "emptied by a process" : "nobody empties it now")"
            )
            if let seen = mailbox.seenAt { Console.line("  last emptied: \(seen.formatted(.iso8601))") }
            if let trouble = mailbox.trouble { Console.line("  TROUBLE: \(trouble)") }
            Console.line(
                "  feeds taken: \(mailbox.kept), left there: \(mailbox.left), set aside: \(mailbox.quarantined)"
            )
            Console.line(
                "  acknowledgements: \(mailbox.lettersSent) sent, \(mailbox.lettersWaiting) waiting, "
                    + "\(mailbox.lettersParked) given up, \(mailbox.lettersUndelivered) undelivered"
            )
        }
    }

    /// `herald mailbox allow`.
    struct Allow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take feeds from a mailbox, for the suppliers of an API client."
        )

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The sender's mailbox, e.g. X26ABC1.") var mailbox: String
        @Argument(help: "The API client that stands behind it; herald clients list shows them.") var client: String
        @Option(help: "Who makes the change, for the record.") var by = Operator.name

        func run() async throws {
            guard let id = MailboxID(mailbox) else {
                throw CommandFailure("\(mailbox) is not a mailbox: its id is letters and digits, e.g. X26ABC1")
            }
            let command = OperatorCommand("herald mailbox allow", by: by)
            let isThere = try await database.withStore(for: command) { store in
                try await store.allow(mailbox: id.text, for: client, by: by)
            }
            guard isThere else {
                throw CommandFailure("there is no client \(client); herald clients create makes one")
            }
            Console.line("Files from \(id) are taken for \(client).")
        }
    }

    /// `herald mailbox deny`.
    struct Deny: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take no more feeds from a mailbox.")

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The sender's mailbox.") var mailbox: String
        @Option(help: "Who makes the change, for the record.") var by = Operator.name

        func run() async throws {
            let id = mailbox.uppercased()
            let command = OperatorCommand("herald mailbox deny", by: by)
            guard try await database.withStore(for: command, { try await $0.deny(mailbox: id) }) else {
                throw CommandFailure("no files are taken from \(id) anyway")
            }
            Console.line("No more files are taken from \(id).")
        }
    }

    /// `herald mailbox save`.
    struct Save: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Write a message that was set aside to a file.")

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The message's id, from herald mailbox.") var message: String
        @Argument(help: "The file to write.") var file: String

        func run() async throws {
            guard let content = try await database.withStore({ try await $0.quarantined(message) }) else {
                throw CommandFailure("no message \(message) was set aside; herald mailbox lists them")
            }
            let isWritten = FileManager.default.createFile(
                atPath: file,
                contents: Data(content),
                attributes: [.posixPermissions: 0o600]
            )
            guard isWritten else { throw CommandFailure("\(file) cannot be written") }
            Console.line("\(content.count) bytes")
        }
    }

    /// `herald mailbox resend`.
    struct Resend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send an acknowledgement again that was given up or not delivered."
        )

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The acknowledgement's id, from herald mailbox.") var letter: String
        @Option(help: "Who makes the change, for the record.") var by = Operator.name

        func run() async throws {
            let command = OperatorCommand("herald mailbox resend", by: by)
            guard let id = try await database.withStore(for: command, { try await $0.sendAgain(letter: letter) }) else {
                throw CommandFailure(
                    "there is no acknowledgement \(letter) that was given up; herald mailbox lists them"
                )
            }
            Console.line("It is sent again as \(id).")
        }
    }
}
