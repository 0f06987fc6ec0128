import ArgumentParser
import EventStream
import Events
import FHIR
import Foundation
import Vaccination

/// `herald replay`: publishes events again from the version history.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Publish events again from the version history.",
        discussion: """
            Without options: every change that was never routed. Subscribers get nothing twice, because routers pass over \
            what they have routed before; so replaying too much does no harm. --gaps is what a partition needs after its \
            log was trimmed or lost: what was never routed of it is published again, and reading goes on.

            Works beside the hub, which may run meanwhile; what is replayed is written down in event_log_operation.
            """
    )

    @OptionGroup var database: DatabaseOptions
    @Flag(help: "Mend partitions that are not read because their log has a gap (herald events shows them).") var gaps =
        false
    @Option(help: "Committed at this time or later: 2026-11-27 or 2026-11-27T09:30:00Z.") var from: String?
    @Option(help: "Committed before this time.") var to: String?
    @Option(help: "Of this Immunization (its id); may be repeated.") var record: [String] = []
    @Option(help: "Of records in this partition of the topic; may be repeated.") var partition: [Int32] = []
    @Flag(help: "Also what was routed before: for other systems that read the topic.") var routed = false
    @Option(help: "Changes a second at most.") var rate: Int?
    @Flag(help: "Only count.") var dryRun = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        if let rate, rate < 1 { throw ValidationError("--rate must be at least 1") }
        let chooses = from != nil || to != nil || !record.isEmpty || !partition.isEmpty
        if gaps, chooses || routed {
            throw ValidationError(
                "--gaps chooses by itself: leave out --from, --to, --record, --partition and --routed"
            )
        }
        if routed, !chooses {
            throw ValidationError(
                "--routed needs --from, --to, --record or --partition, or everything would be published again"
            )
        }
        _ = try selection()
    }

    func run() async throws {
        let selection = try selection()
        let partitions = partition.isEmpty ? nil : Set(partition)
        let outcome = try await database.withStore { store in
            let replay = EventReplay(store: store, operatorName: OperatorName.current)
            let bar = ProgressBar()
            defer { bar.finish() }
            let progress: @Sendable (ReplayOutcome) -> Void = { outcome in
                bar.show(dryRun ? "Counting" : "Replaying", done: 0, of: nil, note: "\(outcome.selected) changes")
            }
            if gaps { return try await replay.mendGaps(rate: rate, isDryRun: dryRun, progress: progress) }
            return try await replay.run(
                selection,
                partitions: partitions,
                rate: rate,
                isDryRun: dryRun,
                progress: progress
            )
        }
        if json { return try Console.json(outcome) }
        let found = Console.count(outcome.selected, "change")
        guard !dryRun else { return Console.line("\(found) would be published again.") }
        Console.line("\(found) found, \(outcome.published) put into the outbox; the others wait there already.")
        for gap in outcome.mended { Console.line("Read again from now on: \(gap)") }
        if gaps, outcome.mended.isEmpty { Console.line("There is no gap to mend.") }
    }

    private func selection() throws -> ReplaySelection {
        var selection = ReplaySelection()
        selection.from = try from.map { try Self.time($0, "--from") }
        selection.to = try to.map { try Self.time($0, "--to") }
        selection.includesRouted = routed
        selection.records = try record.map { text in
            guard let id = UUID(uuidString: text) else {
                throw ValidationError(
                    "--record must be an Immunization's id, a UUID (herald history PATIENT --json shows it)"
                )
            }
            return RecordID(id)
        }
        return selection
    }

    private static func time(_ text: String, _ option: String) throws -> Date {
        guard let time = FHIRDateTime(text) else {
            throw ValidationError("\(option) must be a time such as 2026-11-27 or 2026-11-27T09:30:00Z")
        }
        return Date(timeIntervalSince1970: Double(time.firstMicrosecond) / 1_000_000)
    }
}
