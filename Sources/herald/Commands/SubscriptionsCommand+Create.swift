import Access
import ArgumentParser
import Deliveries
import Events
import Feeds
import Foundation
import Outbound
import Store
import Subscriptions

extension SubscriptionsCommand {
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Subscribe an endpoint to vaccination events by FHIR REST hook.",
            discussion: """
                Filters are joined by AND, the values of one filter by OR; without a filter every event of a known patient is \
                sent. Events from now on are numbered from 1 without gaps and arrive in order; with --handshake only once the \
                endpoint has answered a handshake. What was recorded before comes with: herald subscriptions backfill ID.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @Option(help: "Where notifications are posted: an https URL (http only where HERALD_DEVELOPMENT is true).")
        var endpoint: String
        @Option(help: "Why it exists.") var reason = "Created by an operator"
        @Option(help: "The client it belongs to.") var client = "operator"
        @OptionGroup(title: "Filters") var filters: FilterOptions
        @OptionGroup(title: "Notifications") var notifications: NotificationOptions
        @Option(help: "Who makes the change, for the record.") var by = Operator.name
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let subscription = try await subscription()
            let command = OperatorCommand("herald subscriptions create", by: by)
            try await database.withStore(for: command) { try await $0.create(subscription) }
            if json {
                try Console.json(["id": subscription.id.description])
            } else {
                Console.line(subscription.id.description)
            }
        }

        private func subscription() async throws -> Subscription {
            try await checkEndpoint()
            let types = try await database.withStore { try await $0.reference() }.vaccineTypes
            var subscription = Subscription(
                id: SubscriptionID(UUID()),
                audience: .subscriber,
                channel: .restHook,
                status: notifications.handshake ? .requested : .active,
                reason: reason,
                client: client,
                filter: try filters.filter(types),
                endpoint: endpoint,
                createdAt: Date()
            )
            try notifications.apply(to: &subscription, now: Date())
            if !subscription.headers.isEmpty { try seal(&subscription) }
            return subscription
        }

        /// The values of header lines are kept as the hub keeps them: with its own keys.
        private func seal(_ subscription: inout Subscription) throws {
            let directory = try database.reader().text(.dataDir) ?? ".herald"
            do {
                let vault = HeaderVault(keys: KeyRing<DeliveryKeys>(try DeliveryKeys.load(in: directory)))
                subscription.headers = try vault.seal(subscription.headers, of: subscription.id)
            } catch let error as SecretError {
                throw CommandFailure("\(error)")
            }
        }

        /// The rules are the hub's, with the networks that are open to the client.
        private func checkEndpoint() async throws {
            let owner = ClientID(client)
            let registered = try await database.withStore { store in
                if let owner { try await store.client(owner) } else { RegisteredClient?.none }
            }
            guard registered != nil || RegisteredRecipients.own.contains(client) else {
                throw CommandFailure(
                    "--client: \(client) is not registered, so nothing could be sent to it; herald clients create \(client)"
                )
            }
            let policy = try AddressPolicy(reader: database.reader()).reopening(for: registered)
            do throws(EndpointURLError) {
                try await policy.check(endpoint)
            } catch {
                throw CommandFailure("--endpoint: \(error)")
            }
        }
    }
}
