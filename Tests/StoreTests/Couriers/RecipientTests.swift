import Access
import Deliveries
import Events
import Feeds
import Foundation
import HeraldTestKit
import Messages
import Postgres
import Store
import Subscriptions
import Testing

/// `fhir-subscriptions.md` §11, C-38: authorization is asked again before each notification is sent.
@Suite(.herald, .timeLimit(.minutes(2))) struct RecipientTests {
    private func subscription(_ client: String, maxCount: Int = 10) -> Subscription {
        var subscription = Subscription.sample(.subscriber, maxCount: maxCount)
        subscription.client = client
        return subscription
    }

    private func register(
        _ store: PostgresStore,
        _ id: String,
        _ change: (inout RegisteredClient) throws -> Void = { _ in }
    )
        async throws
    {
        var client = RegisteredClient(
            id: try #require(ClientID(id)),
            name: id,
            scopes: Scopes(parsing: "system/Subscription.cruds"),
            permissions: try VaccinePermissions(["FLU.RS", "COVID.RS"])
        )
        try change(&client)
        try await store.create(client, by: "test")
    }

    private func policy(_ store: PostgresStore) -> RegisteredRecipients {
        RegisteredRecipients(registrations: ClientRegistry(store: store), isProduction: true)
    }

    @Test("C-38: of a type that was taken from its client an event keeps its number and loses its content")
    func whatMayNotBeReadAnyMoreComesWithoutContent() async throws {
        try await ScratchDatabase.withStore(connections: 8) { store, pool in
            try await store.seed(.builtIn)
            try await register(store, "gp-system")
            let subscription = subscription("gp-system")
            try await store.create(subscription)
            try await ChangeWriter(pool).write([SampleChange(0), SampleChange(1, vaccineType: "COVID")])
            try await store.routeAll()
            let poster = ScriptedPoster { _, before in
                guard before == 0 else { return .accepted(httpStatus: 202) }
                // Between the first attempt and the second.
                try await pool.query("UPDATE api_client SET permissions = '{FLU.RS}'")
                try await Task.sleep(for: ClientRegistry.maximumAge)
                return .transient(.noResponse, retryAfter: nil)
            }
            try await running([CourierWorld.courier(store, poster, recipients: policy(store))]) {
                try await CourierWorld.waitUntilDelivered(store, [subscription])
            }
            let posts = poster.posts
            #expect(posts.map(\.numbers) == [1...2, 1...2])
            let events = try ReceivedNotification(parsing: posts[1].body).events
            #expect(events.map(\.number) == [1, 2] && events[0].resource != nil)
            #expect(events[1].resource == nil && events[1].shape == nil && events[1].focus != nil)
            #expect(String(decoding: posts[1].body, as: UTF8.self).contains(#""response":{"status":"403"}"#))
            // Other bytes have another id (D-10).
            #expect(posts[0].headers["webhook-id"] != posts[1].headers["webhook-id"])
        }
    }

    @Test("C-38: to a client that is switched off nothing is sent; its lane parks and goes on when it may")
    func aClientThatIsSwitchedOffIsSentNothing() async throws {
        try await ScratchDatabase.withStore(connections: 8) { store, pool in
            try await store.seed(.builtIn)
            try await register(store, "gp-system") { $0.isEnabled = false }
            let subscription = subscription("gp-system")
            try await store.create(subscription)
            try await ChangeWriter(pool).write([SampleChange(0)])
            try await store.routeAll()
            let poster = ScriptedPoster()
            try await running([CourierWorld.courier(store, poster, recipients: policy(store))]) {
                try await eventually(within: .seconds(40), "the lane parks") {
                    try await store.progress(of: subscription.id)?.hold == .parked
                }
                let parked = try #require(try await store.progress(of: subscription.id))
                #expect(parked.subscription.status == .error && parked.lastNumber == 1)
                #expect(parked.subscription.statusText == "nothing is sent: the client is switched off")
                #expect(poster.posts.isEmpty)
                try await pool.query("UPDATE api_client SET enabled = true")
                try await Task.sleep(for: ClientRegistry.maximumAge)
                try await store.resume(subscription.id, by: "test")
                try await CourierWorld.waitUntilDelivered(store, [subscription])
            }
            #expect(poster.posts.map(\.numbers) == [1...1])
            let progress = try #require(try await store.progress(of: subscription.id)?.subscription)
            #expect(progress.status == .active && progress.statusText == nil)
        }
    }

    @Test func whoMayBeSentWhatIsTheRegistrationsToSay() async throws {
        try await ScratchDatabase.withStore { store, _ in
            try await store.seed(.builtIn)
            try await register(store, "narrow") { $0.odsCodes = ["Y12345"] }
            try await register(store, "scopeless") { $0.scopes = Scopes(parsing: "system/Immunization.rs") }
            try await register(store, "blind") { $0.permissions = try VaccinePermissions(["FLU.C"]) }
            let policy = policy(store)
            func permission(
                _ client: String,
                topic: String? = nil,
                _ filter: SubscriptionFilter = SubscriptionFilter()
            )
                async throws -> RecipientPermission
            {
                var one = subscription(client)
                (one.topic, one.filter) = (topic, filter)
                return try await policy.permission(of: one)
            }
            #expect(try await permission("herald") == .types(.all))
            #expect(try await permission("operator") == .types(.all))
            #expect(try await permission("stranger") == .nothing(because: "the client is not registered"))
            let own = SubscriptionFilter(registeredPractices: ["Y12345"])
            #expect(try await permission("narrow", own) == .types(.only(["FLU", "COVID"])))
            let others = SubscriptionFilter(registeredPractices: ["Y12345", "Z99999"])
            for filter in [SubscriptionFilter(), others] {
                guard case .nothing = try await permission("narrow", filter) else {
                    Issue.record("other organisations' events would be sent")
                    continue
                }
            }
            guard case .nothing = try await permission("scopeless", topic: "https://hub.example/topic"),
                case .nothing = try await permission("blind")
            else {
                Issue.record("events would be sent without scope or permission")
                return
            }
            // What an operator made for a client needs no scope of the client's.
            #expect(try await permission("scopeless") == .types(.only(["FLU", "COVID"])))
        }
    }
}
