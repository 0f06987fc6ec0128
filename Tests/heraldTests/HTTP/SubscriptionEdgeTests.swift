import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import NIOCore
import Postgres
import Store
import Testing

@testable import WebAPI
@testable import herald

/// Subscriptions where several things happen at once, or an endpoint says more than it should.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(3)))
struct SubscriptionEdgeTests {
    private static let scope = "system/Subscription.cruds system/Immunization.cruds"

    /// §5.1: the quota holds however many ask at once, and of the same twice one is made.
    @Test func createsAtOnceDoNotPassTheLimit() async throws {
        try await HubFixture.with {
            $0.subscriptionLimit = 3
        } _: { hub in
            let bearer = try await hub.bearer(Self.scope, client: "gp")
            func statuses(_ endpoints: [String]) async throws -> [HTTPResponse.Status: Int] {
                try await withThrowingTaskGroup(of: HTTPResponse.Status.self) { group in
                    for endpoint in endpoints {
                        let resource = hub.subscription(endpoint: "https://subscriber.example/\(endpoint)")
                        group.addTask { try await hub.write(.post, HubFixture.subscriptions, resource, bearer).status }
                    }
                    return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
                }
            }
            #expect(try await statuses(["same", "same", "same", "same"]) == [.created: 1, .unprocessableContent: 3])
            let others = (0..<8).map { "other-\($0)" }
            #expect(try await statuses(others) == [.created: 2, .unprocessableContent: 6])
            #expect(try await hub.hub.pool.count("SELECT count(*) FROM subscription") == 3)
        }
    }

    /// §6, C-15, C-19: what is made on the R4B base is told in R4B.
    @Test func aSubscriptionOfR4BIsToldInR4B() async throws {
        try await HubFixture.with { hub in
            try await ScriptedEndpoint.with { _, _ in
                Response(status: .accepted)
            } _: { endpoint, address in
                let bearer = try await hub.bearer(Self.scope, client: "gp")
                try await running(hub.hub.services()) {
                    let uri = "/FHIR/R4B/Subscription"
                    let resource = hub.subscription(filters: "vaccine-type=FLU", endpoint: address + "/r4b")
                    let created = try await hub.write(.post, uri, resource, bearer)
                    #expect(created.status == .created, "\(String(buffer: created.body))")
                    let id = try #require(created.json()["id"]?.string)
                    try await eventually(within: .seconds(60), "the handshake is accepted") {
                        try await hub.send(.get, "\(uri)/\(id)", authorization: bearer).json()["status"] == "active"
                    }
                    _ = try await hub.create(SampleImmunization.make(), bearer)
                    try await eventually(within: .seconds(60), "the event arrives") { endpoint.posts.count >= 2 }
                    let status = try await hub.send(.get, "\(uri)/\(id)/$status", authorization: bearer).json()
                    #expect(status["entry"]?[0]?.at("resource", "resourceType") == "SubscriptionStatus")
                }
                let bundles = try endpoint.posts.prefix(2).map { try JSONValue(parsing: $0.body) }
                let types = bundles.map { $0["entry"]?[0]?.at("resource", "type")?.string }
                #expect(types == ["handshake", "event-notification"])
                for bundle in bundles {
                    #expect(bundle["type"] == "history")
                    #expect(bundle["entry"]?[0]?.at("resource", "resourceType") == "SubscriptionStatus")
                }
                let event = bundles[1]["entry"]?[0]?.at("resource", "notificationEvent")?[0]
                #expect(event?["eventNumber"] == "1" && event?.at("focus", "type") == "Immunization")
                #expect(bundles[1]["entry"]?[1]?.at("resource", "resourceType") == "Immunization")
            }
        }
    }

    /// D-75: neither the subscriber nor the log is told what an endpoint says.
    @Test func nothingThatAnEndpointSaysIsShown() async throws {
        try await HubFixture.with { hub in
            try await ScriptedEndpoint.with { _, _ in
                Response(
                    status: .unauthorized,
                    headers: [.server: "an internal server"],
                    body: .init(byteBuffer: ByteBuffer(string: "an internal error"))
                )
            } _: { endpoint, address in
                let bearer = try await hub.bearer(Self.scope, client: "gp")
                try await running(hub.hub.services()) {
                    let id = try await hub.subscribe(hub.subscription(endpoint: address + "/hook"), bearer)
                    let uri = "\(HubFixture.subscriptions)/\(id)"
                    try await eventually(within: .seconds(60), "the handshake fails") {
                        try await hub.send(.get, uri, authorization: bearer).json()["status"] == "error"
                    }
                    var shown = ""
                    for path in ["", "/$status", "/$events", "/$deliveries"] {
                        let answer = try await hub.send(.get, uri + path, authorization: bearer)
                        #expect(answer.status == .ok, "\(path)")
                        shown += String(buffer: answer.body)
                    }
                    #expect(shown.contains("401") && !shown.contains("an internal"))
                    let kept = try await hub.hub.pool.query(
                        """
                        SELECT concat((SELECT string_agg(a::text, '') FROM delivery_attempt a),
                            (SELECT string_agg(s::text, '') FROM subscription s), (SELECT string_agg(l::text, '') FROM lane l),
                            (SELECT string_agg(r.details, '') FROM audit_record r)) AS all
                        """
                    )
                    #expect(try kept.first?.decode("all", as: String.self).contains("an internal") == false)
                }
                #expect(!endpoint.posts.isEmpty)
            }
        }
    }
}
