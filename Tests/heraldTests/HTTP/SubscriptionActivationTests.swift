import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import HummingbirdTesting
import Logging
import NIOCore
import Store
import Testing
import Vaccination

@testable import WebAPI
@testable import herald

/// A subscription's way from the request to the first event, against a real socket (`fhir-subscriptions.md` §5, §9).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(3)))
struct SubscriptionActivationTests {
    /// The handshake makes it active, what is committed after that arrives in order, and `$events` tells the same.
    @Test func aSubscriptionMadeOverHTTPIsActivatedAndHearsOfEvents() async throws {
        try await HubFixture.with { hub in
            let ledger = NotificationLedger()
            let sink = SinkServer(ledger: ledger, listen: ListenAddress(host: "127.0.0.1", port: 0), logger: .silent)
            let started = AsyncStream<Int>.makeStream()
            try await running([sink.service { started.continuation.yield($0) }]) {
                let port = try #require(await started.stream.first { _ in true })
                try await running(hub.hub.services()) {
                    let scopes = "system/Subscription.cruds system/Immunization.cruds"
                    let bearer = try await hub.bearer(scopes, client: "gp")
                    let id = try await hub.subscribe(
                        hub.subscription(filters: "vaccine-type=FLU", endpoint: "http://127.0.0.1:\(port)/hook"),
                        bearer
                    )
                    let uri = "\(HubFixture.subscriptions)/\(id)"
                    try await eventually(within: .seconds(60), "the handshake is accepted") {
                        try await hub.send(.get, uri, authorization: bearer).json()["status"] == "active"
                    }
                    let record = SampleImmunization.id("FLU-0001").description
                    _ = try await hub.create(SampleImmunization.make(), bearer)
                    _ = try await hub.update(record, SampleImmunization.make(id: record), bearer, at: "1")
                    try await eventually(within: .seconds(60), "two notifications") { ledger.received.count >= 2 }
                    let events = try await hub.send(.get, uri + "/$events", authorization: bearer).json()
                    #expect(events["entry"]?.array?.count == 3)
                    // Off: nothing more is numbered.
                    let off = hub.subscription(
                        filters: "vaccine-type=FLU",
                        endpoint: "http://127.0.0.1:\(port)/hook",
                        status: "off",
                        id: id
                    )
                    #expect(try await hub.write(.put, uri, off, bearer).status == .ok)
                    _ = try await hub.update(record, SampleImmunization.make(id: record), bearer, at: "2")
                    try await eventually(within: .seconds(60), "the change is routed") {
                        try await hub.hub.pool.count("SELECT count(*) FROM event") == 3
                    }
                    let status = try await hub.send(.get, uri + "/$status", authorization: bearer)
                    let total = #""events-since-subscription-start","valueString":"2""#
                    #expect(String(buffer: status.body).contains(total))
                }
            }
            #expect(ledger.received.map(\.method) == ["POST", "PUT"])
        }
    }
}
