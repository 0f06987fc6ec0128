import Access
import ArgumentParser
import Deliveries
import Events
import Foundation
import Store

extension SubscriptionsCommand {
    struct Backfill: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send a subscriber the records that were there before it.",
            discussion: """
                The records that its filter matches now are sent as they stand, marked with Herald-Backfill and without numbers, \
                behind its events; none that its events have brought or will bring, and none that its client may not read. \
                Follow it with: herald deliveries jobs. End it with: herald deliveries cancel JOB.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The subscription's id.") var id: String
        @Option(help: "Only records that were changed last at this time or later: 2026-11-27 or 2026-11-27T09:30:00Z.")
        var since: String?
        @Option(help: "Only records that were changed last before this time.") var until: String?
        @Option(help: "Notifications a second at most, e.g. 5 or 0.5.") var rate: Double?
        @Option(help: "Why, for the audit trail.") var reason: String?
        @Option(help: "Who makes the change, for the record.") var by = Operator.name
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            if let rate, !(rate > 0 && rate <= 1000) {
                throw ValidationError("--rate must be above 0 and at most 1000")
            }
        }

        func run() async throws {
            let id = try SubscriptionID(argument: self.id)
            let window = BackfillWindow(
                since: try since.map { try DeliverySelectionOptions.time($0, "--since") },
                until: try until.map { try DeliverySelectionOptions.time($0, "--until") }
            )
            let order = JobOrder(actor: by, reason: reason, rate: rate, isProduction: true)
            let text = "back-fill of subscription \(id)" + (reason.map { ": \($0)" } ?? "")
            let answer = try await database.withStore { [by] store in
                try await store.requestBackfill(of: id, window, order) {
                    var record = AuditRecord.change(text, by: by, with: "herald subscriptions backfill")
                    record.resources = [AuditedResource("Subscription", id: "\(id)")]
                    return record
                }
            }
            switch answer {
            case .underWay(let job):
                throw CommandFailure(
                    "the back-fill \(job.uuidString.lowercased()) is under way; herald deliveries jobs shows it"
                )
            case .filed(let job):
                if json { return try Console.json(["job": job.uuidString.lowercased()]) }
                Console.line("Queued as \(job.uuidString.lowercased()). Follow it with: herald deliveries jobs")
            }
        }
    }
}
