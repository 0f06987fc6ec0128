import Deliveries
import Events
import Foundation
import HTTPTypes
import HeraldTestKit
import HummingbirdTesting
import NIOCore
import Postgres
import Store
import Subscriptions
import Testing

@testable import herald

/// D-55: every subscriber reads its own delivery log, and nobody else's.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct DeliveryLogTests {
    @Test func aSubscriberReadsItsOwnLogPageByPage() async throws {
        try await HubFixture.with { fixture in
            var subscription = Subscription.sample(.subscriber)
            subscription.client = "site"
            try await fixture.hub.store.create(subscription)
            for (number, outcome) in [(1, "accepted"), (2, "error-response"), (2, "accepted")] {
                try await fixture.hub.pool.query(
                    """
                    INSERT INTO delivery_attempt (subscription_id, first_number, last_number, attempt, started_at,
                        milliseconds, outcome, http_status)
                    VALUES ($1, $2, $2, 1, '2026-10-09T09:01:06Z', 12, $3, 202)
                    """,
                    [.uuid(subscription.id.uuid), .int8(Int64(number)), .text(outcome)]
                )
            }
            let uri = "/FHIR/R4/Subscription/\(subscription.id)/$deliveries"
            let own = try await fixture.bearer("system/Subscription.r")
            let first = try await fixture.send(.get, uri + "?_count=2", authorization: own)
            #expect(first.status == .ok, "\(String(buffer: first.body))")
            let lines = try #require(try first.members["parameter"] as? [[String: Any]])
            #expect(lines.map { $0["name"] as? String } == ["delivery", "delivery", "next"])
            let parts = try #require(lines[1]["part"] as? [[String: Any]])
            #expect(
                parts.compactMap { $0["name"] as? String } == [
                    "kind", "first-number", "last-number", "attempt", "started", "milliseconds", "outcome",
                    "http-status",
                ]
            )
            #expect(parts[6]["valueCode"] as? String == "error-response")
            let next = try #require(lines[2]["valueUri"] as? String)
            let path = try #require(next.firstRange(of: "/FHIR")).lowerBound
            let second = try await fixture.send(.get, String(next[path...]), authorization: own)
            let rest = try second.members["parameter"] as? [[String: Any]]
            #expect(rest?.count == 1)
            let failed = try await fixture.send(.get, uri + "?outcome=error-response", authorization: own)
            let failures = try failed.members["parameter"] as? [[String: Any]]
            #expect(failures?.count == 1)

            let other = try await fixture.bearer("system/Subscription.r", client: "other")
            #expect(try await fixture.send(.get, uri, authorization: other).status == .notFound)
            let reader = try await fixture.bearer("system/Immunization.rs")
            #expect(try await fixture.send(.get, uri, authorization: reader).status == .forbidden)
            #expect(try await fixture.send(.get, uri + "?x=1", authorization: own).status == .badRequest)
        }
    }
}
