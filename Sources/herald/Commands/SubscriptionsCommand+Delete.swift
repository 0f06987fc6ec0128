import Access
import ArgumentParser
import Events
import Foundation
import Store
import Subscriptions

extension SubscriptionsCommand {
    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a subscription: nothing more is sent, its header values and signing secrets are erased.",
            discussion: """
                What was not delivered is dropped; what is in flight may still arrive. Its events and its delivery log are kept \
                for their time. To hold it for a while instead: herald subscriptions pause ID.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The subscription's id.") var id: String
        @Option(help: "Why, for the audit trail.") var reason: String?
        @Option(help: "Who makes the change, for the record.") var by = Operator.name

        func run() async throws {
            let id = try SubscriptionID(argument: self.id)
            let dropped = try await database.withStore { try await delete(id, in: $0) }
            let events = dropped > 0 ? " \(Console.count(dropped, "event")) had not been delivered." : ""
            Console.line("Deleted.\(events)")
        }

        /// - Returns: How many events were dropped.
        private func delete(_ id: SubscriptionID, in store: PostgresStore) async throws -> Int64 {
            guard let progress = try await store.progress(of: id), progress.deletedAt == nil else {
                throw CommandFailure("there is no subscription \(id); herald subscriptions lists all")
            }
            let subscription = progress.subscription
            guard subscription.audience == .subscriber else {
                throw CommandFailure(
                    "\(id) is made by the hub for \(subscription.audience.rawValue): it would come back; take its endpoint out of "
                        + "the practices file or the settings, or hold it with: herald subscriptions pause \(id)"
                )
            }
            let change = "subscription \(id) of the client \(subscription.client) deleted"
            let (by, now) = (by, Date())
            let text = change + (reason.map { ": \($0)" } ?? "")
            let gone = try await store.change(id, of: subscription.client) { current in
                SubscriptionChange(deleting: current, now: now)
            } audit: {
                var record = AuditRecord.change(text, by: by, with: "herald subscriptions delete", now: now)
                record.resources = [AuditedResource("Subscription", id: "\(id)")]
                return record
            }
            guard gone != nil else { throw CommandFailure("subscription \(id) was deleted meanwhile") }
            return progress.lastNumber - progress.deliveredThrough
        }
    }
}
