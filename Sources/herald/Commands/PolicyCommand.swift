import ArgumentParser
import Deliveries
import Events
import Foundation
import Store

/// `herald deliveries policy`: what becomes of events that an endpoint refuses.
struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Say what becomes of events that a subscription's endpoint refuses for a day.",
        discussion: """
            An endpoint that answers 400, 413, 415, 422 or the like refuses what it got. A notification of several events is \
            then sent one by one, and the one that is refused is tried again for 24 hours. After that "block", the default, \
            stops the subscription until somebody resumes it, and nothing is left out; "skip" sets the event aside, where \
            herald deliveries dead shows it, and goes on: the subscriber sees a hole in the numbers.
            """
    )
    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The subscription's id.") var subscription: String
    @Argument(help: "block or skip.") var policy: RefusalPolicy

    func run() async throws {
        guard let id = UUID(uuidString: subscription) else {
            throw CommandFailure("\(subscription) is no subscription's id; herald subscriptions list shows them")
        }
        let policy = policy
        guard try await database.withStore({ try await $0.setRefusalPolicy(policy, of: id) }) else {
            throw CommandFailure("there is no subscription \(subscription); herald subscriptions list shows them")
        }
        Console.line("Events refused for a day: \(policy.rawValue).")
    }
}

extension RefusalPolicy: ExpressibleByArgument {}
