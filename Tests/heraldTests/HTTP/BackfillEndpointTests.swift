import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import HummingbirdTesting
import NIOCore
import Store
import Testing

@testable import herald

/// `POST …/$backfill` (`delivery.md` D-53) over HTTP.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct BackfillEndpointTests {
    @Test func itIsQueuedOnceAndForItsOwnerOnly() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer("system/Subscription.cruds", client: "gp")
            let id = try await hub.subscribe(hub.subscription(filters: "vaccine-type=FLU"), bearer)
            let uri = "\(HubFixture.subscriptions)/\(id)/$backfill"
            let unknown = try await hub.send(.post, uri + "?number=1", authorization: bearer)
            #expect(unknown.status == .badRequest)
            let backwards = "?since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z"
            #expect(try await hub.send(.post, uri + backwards, authorization: bearer).status == .badRequest)
            let reader = try await hub.bearer("system/Subscription.rs", client: "gp")
            #expect(try await hub.send(.post, uri, authorization: reader).status == .forbidden)
            let other = try await hub.bearer("system/Subscription.cruds", client: "other")
            #expect(try await hub.send(.post, uri, authorization: other).status == .notFound)
            let queued = try await hub.send(.post, uri + "?since=2026-01-01T00:00:00Z", authorization: bearer)
            #expect(queued.status == .accepted, "\(String(buffer: queued.body))")
            #expect(try queued.json()["resourceType"]?.string == "OperationOutcome")
            #expect(try await hub.send(.post, uri, authorization: bearer).status == .conflict)
            #expect(try await hub.hub.pool.count("SELECT count(*) FROM delivery_job WHERE kind = 'backfill'") == 1)

            let empty = try await hub.subscribe(
                hub.subscription(endpoint: "https://subscriber.example/empty", content: "empty"),
                bearer
            )
            let refused = try await hub.send(
                .post,
                "\(HubFixture.subscriptions)/\(empty)/$backfill",
                authorization: bearer
            )
            #expect(refused.status == .unprocessableContent)
            // Deleting it ends what is queued.
            _ = try await hub.send(.delete, "\(HubFixture.subscriptions)/\(id)", authorization: bearer)
            #expect(try await hub.hub.pool.count("SELECT count(*) FROM delivery_job WHERE outcome = 'cancelled'") == 1)
            #expect(try await hub.send(.post, uri, authorization: bearer).status == .gone)
        }
    }
}
