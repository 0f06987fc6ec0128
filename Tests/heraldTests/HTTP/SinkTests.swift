import Deliveries
import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import Outbound
import Store
import Subscriptions
import Synchronization
import Testing

@testable import herald

/// `herald sink` against a hub, over real sockets (`delivery.md` §20).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(3)))
struct SinkTests {
    /// What a sink took and refused of two notifications of a subscription of its own.
    private func outcome(
        verifyingWith verification: (HubFixture, Subscription, Int) async throws -> SinkVerification
    ) async throws -> (received: Int, refusals: [WebhookRefusal]) {
        let ledger = NotificationLedger()
        let refusals = Mutex<[WebhookRefusal]>([])
        try await HubFixture.with { hub in
            let hubPort = AsyncStream<Int>.makeStream()
            let sinkPort = AsyncStream<Int>.makeStream()
            try await running(hub.hub.services { hubPort.continuation.yield($0) }) {
                let port = try #require(await hubPort.stream.first { _ in true })
                let endpoint = "http://127.0.0.1:\(try TestPort.free())/"
                let subscription = Subscription.sample(endpoint: endpoint)
                try await hub.hub.store.create(subscription)
                let address = try #require(ListenAddress(String(endpoint.dropFirst(7).dropLast())))
                var sink = SinkServer(ledger: ledger, listen: address, logger: .silent)
                sink.verification = try await verification(hub, subscription, port)
                sink.onRefusal = { refusal in refusals.withLock { $0.append(refusal) } }
                try await running([sink.service { sinkPort.continuation.yield($0) }]) {
                    _ = await sinkPort.stream.first { _ in true }
                    let bearer = try await hub.bearer()
                    _ = try await hub.create(SampleImmunization.make(), bearer)
                    try await eventually(within: .seconds(60), "a notification") {
                        ledger.received.count >= 1 || refusals.withLock { !$0.isEmpty }
                    }
                }
            }
        }
        return (ledger.received.count, refusals.withLock { $0 })
    }

    @Test func aNotificationIsVerifiedWithTheSecret() async throws {
        let outcome = try await outcome { hub, subscription, _ in
            SinkVerification(secrets: [try await hub.hub.secrets.issue(for: subscription.id).secret])
        }
        #expect(outcome.received == 1 && outcome.refusals.isEmpty)
    }

    @Test func aNotificationIsVerifiedWithThePublishedKeys() async throws {
        let outcome = try await outcome { _, _, port in
            SinkVerification(keySet: "http://127.0.0.1:\(port)/.well-known/webhook-jwks.json")
        }
        #expect(outcome.received == 1 && outcome.refusals.isEmpty)
    }

    @Test func whatIsNotTheHubsIsNotRead() async throws {
        let outcome = try await outcome { _, _, _ in SinkVerification(secrets: [.random()]) }
        #expect(outcome.received == 0 && outcome.refusals.first == .signature)
    }
}
