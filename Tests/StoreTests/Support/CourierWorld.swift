import Deliveries
import Events
import Foundation
import HeraldTestKit
import Postgres
import Store
import Subscriptions
import Testing

/// Subscriptions with events, and couriers that deliver them to endpoints of a test's making.
enum CourierWorld {
    /// A courier whose pauses after failures are a hundredth of the real ones at most.
    static func courier<Store: LaneStore & BreakerStore>(
        _ store: Store,
        _ poster: ScriptedPoster,
        signer: (any NotificationSigner)? = nil,
        limits: DeliveryLimits = DeliveryLimits(),
        jitter: Double = 0.002,
        headers: HeaderVault? = nil,
        recipients: (any RecipientPolicy)? = nil
    ) -> RestHookCourier<Store, ScriptedPoster> {
        var configuration = CourierConfiguration(publicURL: "https://herald.example.nhs.uk", version: "1.0")
        configuration.idlePause = .milliseconds(20)
        configuration.breakerInterval = .milliseconds(50)
        configuration.limits = limits
        return RestHookCourier(
            store: store,
            poster: poster,
            signer: signer,
            headers: headers,
            recipients: recipients,
            configuration: configuration,
            environment: CourierEnvironment(
                now: { Date(timeIntervalSince1970: 1_700_000_000) },
                jitter: { jitter }
            ),
            owner: UUID(),
            logger: .silent
        )
    }

    /// Lends a store with these subscriptions, each with so many events.
    static func with(
        _ subscriptions: [Subscription],
        events: Int,
        _ body: (PostgresStore, PostgresPool) async throws -> Void
    ) async throws {
        try await ScratchDatabase.withStore(connections: 16) { store, pool in
            for subscription in subscriptions { try await store.create(subscription) }
            try await ChangeWriter(pool).write((0..<events).map { SampleChange($0) })
            try await store.routeAll()
            try await body(store, pool)
        }
    }

    /// Waits until these subscriptions have got everything.
    static func waitUntilDelivered(
        _ store: PostgresStore,
        _ subscriptions: [Subscription]
    ) async throws {
        let ids = Set(subscriptions.map(\.id))
        try await eventually(within: .seconds(40), "delivery of everything") {
            try await store.allProgress().filter { ids.contains($0.subscription.id) }
                .allSatisfy { $0.deliveredThrough == $0.lastNumber }
        }
    }
}

extension Subscription {
    /// One of a client's, at an endpoint.
    static func sample(client: String, endpoint: String, maxCount: Int = 1) -> Subscription {
        var subscription = sample(endpoint: endpoint, maxCount: maxCount)
        subscription.client = client
        return subscription
    }
}
