import ArgumentParser
import Foundation
import Operations
import WebAPI

/// `herald trace`: one vaccination's way.
struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Show a vaccination's way: file and row, versions, events, every delivery with its answer and time.",
        discussion: """
            Takes an NHS number, for everything of one patient; or a record's UNIQUE_ID, alone or as \
            UNIQUE_ID_URI|UNIQUE_ID, which is found at once however many records there are; or a record's id. Shows no \
            patient's name or address. A token needs herald/admin.read and system/Immunization.rs.
            """
    )

    @OptionGroup var hub: HubOptions
    @Argument(help: "NHS number, unique id or record id.") var what: String
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let result = try await hub.withHub(scope: "herald/admin.read system/Immunization.rs") {
            try await $0.trace(TraceRequest(what))
        }
        if json {
            try Console.json(result)
        } else {
            for line in TraceText(result).lines { Console.line(line) }
        }
        for remark in result.remarks { Console.complain(remark) }
        guard !result.records.isEmpty || !result.rejectedRows.isEmpty else {
            throw CommandFailure("nothing is on record; check the number, or name the system: UNIQUE_ID_URI|UNIQUE_ID")
        }
    }
}

/// A trace for people: one line a step, indented by what it belongs to.
struct TraceText {
    private(set) var lines: [String] = []

    init(_ result: TraceResult) {
        for record in result.records { add(record) }
        for row in result.rejectedRows {
            add(0, "Rejected: row \(row.row) of \(row.file), \((row.findings ?? []).joined(separator: ", "))")
            add(1, "feed \(row.feed) from \(row.client), received \(Self.time(row.receivedAt))")
        }
    }

    private mutating func add(_ record: Trace) {
        if !lines.isEmpty { lines.append("") }
        let standing = record.isDeleted ? "deleted" : "live"
        add(0, "\(record.vaccineType) record \(record.id), version \(record.version), \(standing)")
        add(1, "unique id \(record.uniqueIDURI)|\(record.uniqueID)")
        for change in record.changes { add(change) }
    }

    private mutating func add(_ change: TracedChange) {
        add(1, "\(Self.time(change.committedAt))  \(change.kind) by \(change.supplier), version \(change.version)")
        if let client = change.client { add(2, "written over the API by client \(client)") }
        if let row = change.row {
            add(2, "row \(row.row) of \(row.file), received \(Self.time(row.receivedAt)) from \(row.client)")
            add(2, "feed \(row.feed)")
        }
        guard let event = change.event else {
            return add(2, "its event waits to be routed" + (change.waitsFor.map { ", for \($0)" } ?? ""))
        }
        let practice = event.practice.map { ", registered practice \($0)" } ?? ""
        let matches = Console.count(event.matches, "subscription")
        add(2, "\(Self.time(event.routedAt))  event \(event.id) to \(matches)\(practice)")
        for delivery in event.deliveries { add(delivery) }
    }

    private mutating func add(_ delivery: TracedDelivery) {
        let next = delivery.nextAttemptAt.map { ", next attempt \(Self.time($0))" } ?? ""
        add(3, "\(delivery.audience) \(delivery.subscription) number \(delivery.number): \(delivery.state)\(next)")
        add(4, "\(delivery.shape) \(delivery.channel) \(delivery.endpoint)")
        for attempt in delivery.attempts {
            let answer = attempt.httpStatus.map { ", answer \($0)" } ?? attempt.run.map { ", run \($0)" } ?? ""
            add(4, "\(Self.time(attempt.startedAt))  \(attempt.outcome)\(answer) in \(attempt.milliseconds) ms")
        }
    }

    private mutating func add(_ depth: Int, _ text: String) {
        lines.append(String(repeating: "  ", count: depth) + text)
    }

    private static func time(_ date: Date) -> String { date.formatted(.iso8601) }
}
