import ArgumentParser
import Deliveries
import Events
import Foundation
import Store

extension SubscriptionsCommand {
    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Hold a subscription: its events are recorded and numbered, nothing is sent.",
            discussion: "What is in flight may still arrive, and then arrives once more after the pause."
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The subscription's id.") var id: String
        @Option(help: "Why, for others to see.") var reason: String?

        func run() async throws {
            let id = try SubscriptionID(argument: self.id)
            try await database.withStore { try await $0.pause(id, by: OperatorName.current, reason: reason) }
            Console.line("Paused. Go on with: herald subscriptions resume \(id)")
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a subscription that is paused or parked go on at once.",
            discussion: "Delivery goes on with the oldest event that is not delivered; nothing is left out."
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The subscription's id.") var id: String

        func run() async throws {
            let id = try SubscriptionID(argument: self.id)
            try await database.withStore { try await $0.resume(id, by: OperatorName.current) }
            Console.line("Resumed. Watch it with: herald subscriptions show \(id)")
        }
    }

    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send events again: by number, by time, or what was set aside.",
            discussion: """
                Events keep their numbers and are marked with Herald-Resend: true; the live order is not touched. Without \
                numbers and times everything that is undelivered or was set aside is meant. What a client may not read any \
                more is not sent to it. Begin with --dry-run.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @OptionGroup(title: "Whose") var which: DeliverySelectionOptions
        @Option(help: "First event, included.") var from: Int64?
        @Option(help: "Last event, included.") var to: Int64?
        @Flag(help: "Only what was set aside.") var dead = false
        @Option(help: "Only what was set aside with this cause: a result class such as rejected, or operator.")
        var cause: String?
        @OptionGroup var job: JobOptions

        func validate() throws {
            guard !which.isEmpty || cause != nil || dead else {
                throw ValidationError("say whose: --subscription, --client, --origin, --since, --cause or --dead")
            }
            if let from, let to, from > to { throw ValidationError("--from must not be above --to") }
        }

        func run() async throws {
            let request = ResendRequest(try which.selection(cause: cause), from: from, through: to, onlyDead: dead)
            try await job.resend(request, database)
        }
    }
}
