import Access
import ArgumentParser
import Deliveries
import Events
import Foundation
import Outbound
import Store

extension SubscriptionsCommand {
    /// `herald subscriptions secret`: what operators hand over where a subscriber cannot ask for it itself.
    struct Secret: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a subscription's new signing secret and show it, once.",
            discussion: """
                The first call shows the secret that was made with the subscription, if nobody has seen it; each further one replaces \
                it. Old secrets sign beside the new one for the grace time; with --grace 0 they end at once. Needs the hub's \
                HERALD_DATA_DIR beside the database. The change goes into the audit trail.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The subscription's id.") var id: String
        @Option(help: "Seconds that old secrets go on to sign, 0 to 604800.") var grace = 86_400
        @Option(help: "Who makes the change, for the record.") var by = Operator.name
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            guard (0...604_800).contains(grace) else { throw ValidationError("--grace must be 0 to 604800 seconds") }
        }

        func run() async throws {
            guard let uuid = UUID(uuidString: id) else {
                throw CommandFailure("there is no subscription \(id); herald subscriptions lists all")
            }
            let directory = try database.reader().text(.dataDir) ?? ".herald"
            let issued = try await database.withStore { store in
                do {
                    let keys = KeyRing<DeliveryKeys>(try DeliveryKeys.load(in: directory))
                    return try await WebhookSecrets(store: store, keys: keys)
                        .issue(for: SubscriptionID(uuid), grace: .seconds(grace), by: by)
                } catch WebhookSecretError.unknownSubscription {
                    throw CommandFailure("there is no subscription \(id); herald subscriptions lists all")
                } catch let error as SecretError {
                    throw CommandFailure("\(error)")
                }
            }
            if json {
                var fields = ["secret": issued.secret.plainText]
                fields["previousUntil"] = issued.othersEnd?.ISO8601Format()
                return try Console.json(fields)
            }
            Console.line(issued.secret.plainText)
            if let end = issued.othersEnd { Console.complain("secrets before it sign until \(end.ISO8601Format())") }
        }
    }
}
