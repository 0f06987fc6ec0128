import Access
import ArgumentParser
import FHIR
import Foundation
import Store

/// `herald audit`: the audit trail, for operators.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Read, check and export the audit trail. Works on the database, beside the hub.",
        discussion: """
            Every access to patient data leaves a record. Records are chained: each seal covers its record and the seal \
            before it, so a record that was changed, removed, moved or put in is found. Keep the mark that verify and export \
            print somewhere else; with it, also a trail that was rewritten as a whole is found.
            """,
        subcommands: [List.self, Verify.self, Export.self, Release.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Records, the latest first. Reading them is itself recorded."
        )
        @OptionGroup var database: DatabaseOptions
        @Option(help: "Whose records were asked for: an NHS number.") var patient: String?
        @Option(help: "The client that asked.") var client: String?
        @Option(help: "What was returned or changed, e.g. Immunization/ID.") var entity: String?
        @Option(help: "From this day or time on, e.g. 2026-11-27.") var from: String?
        @Option(help: "Before this day or time.") var until: String?
        @Flag(help: "Only what was refused or failed.") var failed = false
        @Option(help: "How many at most.") var limit = 50
        @Option(help: "Who reads, for the record.") var by = Operator.name
        @Flag(help: "Print JSON, one record a line.") var json = false

        func run() async throws {
            let query = try query()
            var reading = AuditRecord.reading(by: by, with: "herald audit list")
            reading.patient = query.patient
            let record = reading
            let rows = try await database.withStore { store in
                try await store.append([record])
                return try await store.auditRows(query)
            }
            if json { return rows.forEach { Console.line($0.json) } }
            guard !rows.isEmpty else { return Console.line("No such records.") }
            Console.table(
                ["TIME", "CLIENT", "INTERACTION", "STATUS", "ENDPOINT", "EVENT"],
                try rows.map { row in
                    let record = try row.record()
                    return [
                        FHIRInstant(row.recorded).description, row.client ?? "unknown", row.interaction,
                        row.status.map(String.init) ?? "", record.endpoint ?? "", row.eventID.lowercaseText,
                    ]
                }
            )
        }

        private func query() throws -> AuditQuery {
            var query = AuditQuery()
            if let patient {
                guard let number = PatientNumber(patient) else {
                    throw CommandFailure("--patient must be a valid NHS number of ten digits")
                }
                query.patient = number
            }
            query.client = client
            query.entity = entity
            query.isFailureOnly = failed
            query.from = try from.map { try AuditCommand.time($0, "--from") }
            query.until = try until.map { try AuditCommand.time($0, "--until") }
            guard (1...100_000).contains(limit) else { throw CommandFailure("--limit must be from 1 to 100000") }
            query.limit = limit
            return query
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Check every record against its seal, which is itself recorded; the exit status is 0 only for a trail that is whole."
        )
        @OptionGroup var database: DatabaseOptions
        @Option(help: "A mark that was kept elsewhere, NUMBER:SEAL: the trail must still hold it.") var mark: String?
        @Option(help: "Who checks, for the record.") var by = Operator.name
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let mark = try mark.map { text in
                guard let mark = AuditMark(text) else {
                    throw CommandFailure("--mark must be NUMBER:SEAL as herald audit verify prints it")
                }
                return mark
            }
            let result = try await database.withStore { store in
                let result = try await store.verifyAudit(against: mark)
                var reading = AuditRecord.reading(by: by, with: "herald audit verify")
                reading.change = result.fault.map { "not whole: \($0)" } ?? "whole: \(result.records) records"
                try await store.append([reading])
                return result
            }
            let end = "\(result.lastNumber):\(AuditChain.text(result.lastSeal))"
            if json {
                try Console.json(
                    VerificationView(
                        isWhole: result.fault == nil,
                        records: result.records,
                        unsealed: result.unsealed,
                        mark: end,
                        fault: result.fault?.description
                    )
                )
            }
            if let fault = result.fault {
                throw CommandFailure(
                    "the audit trail is not whole: \(fault). \(Console.count(result.records, "record")) before it are as they "
                        + "were written. Keep the database as it is, and compare it with the last export and backup"
                )
            }
            guard !json else { return }
            Console.line("The audit trail is whole: \(Console.count(result.records, "record")) checked.")
            if result.unsealed > 0 {
                Console.line("\(Console.count(result.unsealed, "record")) came just now and wait for a seal.")
            }
            Console.line("mark: \(end)")
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a day's sealed records as JSON lines, in the order of the chain.",
            discussion: """
                Each line has the record's number and seal. The mark goes to standard error, and so does the count. The export \
                holds NHS numbers: keep it as the trail itself.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @Option(help: "The day, in UTC, e.g. 2026-11-27.") var day: String
        @Option(help: "Who exports, for the record.") var by = Operator.name

        func run() async throws {
            guard let date = FHIRDateTime(day), date.precision == .day else {
                throw CommandFailure("--day must be a day such as 2026-11-27")
            }
            let start = AuditCommand.date(date.firstMicrosecond)
            let (count, last) = try await database.withStore { store in
                try await store.append([.reading(by: by, with: "herald audit export --day \(day)")])
                let tally = AuditTally()
                try await store.sealedRows(from: start, until: AuditCommand.date(date.lastMicrosecond + 1)) { link in
                    tally.add(link)
                    Console.line(link.json)
                }
                return tally.result
            }
            Console.complain("\(Console.count(count, "record")) of \(day)")
            if let last { Console.complain("mark: \(last.number):\(AuditChain.text(last.seal))") }
        }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let go of whole days that are kept no longer, as the owner of the tables.",
            discussion: """
                A hub does this by itself where its role owns the tables. Where it runs as a role of its own (herald migrate \
                --hub-role), which can remove nothing, run this once a day or month as the owner. The last seal that goes \
                stays as the chain's beginning.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @Option(help: "Days that records are kept; else HERALD_AUDIT_RETENTION, else 2922.") var days: Int?
        @Option(help: "Who lets go, for the record.") var by = Operator.name

        func run() async throws {
            let days = try days ?? HubConfiguration(reader: database.reader()).auditRetentionDays
            guard days >= 1 else { throw CommandFailure("--days must be 1 or more") }
            let until = ((Date().timeIntervalSince1970 / 86_400).rounded(.down) - Double(days)) * 86_400
            let released = try await database.withStore { store in
                let rights = try await store.auditRights()
                guard rights.mayChange else {
                    throw CommandFailure("the role \(rights.role) can remove no records: run this as the tables' owner")
                }
                let change = "records before \(FHIRInstant(Date(timeIntervalSince1970: until))) let go"
                try await store.append([.change(change, by: by, with: "herald audit release")])
                var released = 0
                while true {
                    let count = try await store.releaseAudit(before: Date(timeIntervalSince1970: until), limit: 1000)
                    guard count > 0 else { break }
                    released += count
                }
                return released
            }
            Console.line("\(Console.count(released, "record")) let go.")
        }
    }

    fileprivate static func time(_ text: String, _ option: String) throws -> Date {
        guard let time = FHIRDateTime(text) else {
            throw CommandFailure("\(option) must be a day or time such as 2026-11-27 or 2026-11-27T08:00:00Z")
        }
        return date(time.firstMicrosecond)
    }

    fileprivate static func date(_ microseconds: Int64) -> Date {
        Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
    }
}

/// What an export has given out so far.
private final class AuditTally {
    private(set) var result: (count: Int, last: AuditLink?) = (0, nil)

    func add(_ link: AuditLink) { result = (result.count + 1, link) }
}

/// A verification as `--json` prints it.
private struct VerificationView: Encodable {
    let isWhole: Bool
    let records, unsealed: Int
    let mark: String
    let fault: String?
}

extension AuditLink {
    /// The record as one line, with its place in the chain.
    fileprivate var json: String {
        JSONText.object([("number", "\(number)"), ("seal", JSONText.string(AuditChain.text(seal)))] + row.members)
    }
}

extension AuditRow {
    fileprivate var json: String { JSONText.object(members) }

    /// The columns as JSON; the details are there byte for byte as they were sealed.
    fileprivate var members: [(String, String)] {
        [
            ("id", "\(id)"), ("eventID", JSONText.string(eventID.lowercaseText)),
            ("recorded", JSONText.string(FHIRInstant(recorded).description)),
            ("patient", patient.map { JSONText.string(String($0)) } ?? "null"),
            ("client", client.map(JSONText.string) ?? "null"), ("interaction", JSONText.string(interaction)),
            ("outcome", "\(outcome)"), ("status", status.map(String.init) ?? "null"),
            ("entities", "[" + entities.map(JSONText.string).joined(separator: ",") + "]"), ("details", details),
        ]
    }
}

/// JSON put together from texts that are JSON already.
private enum JSONText {
    static func object(_ members: [(String, String)]) -> String {
        "{" + members.map { "\(string($0)):\($1)" }.joined(separator: ",") + "}"
    }

    static func string(_ text: String) -> String {
        String(decoding: JSONValue.string(text).bytes, as: UTF8.self)
    }
}
