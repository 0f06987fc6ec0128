import Postgres
import NIOCore
import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import HummingbirdTesting
import Testing

@testable import WebAPI
@testable import herald

/// Subscriptions over HTTP.
extension HubFixture {
    static let subscriptions = "/FHIR/R4/Subscription"

    var topic: String { hub.configuration.publicURL + "/FHIR/SubscriptionTopic/vaccination-record-change" }

    /// A Subscription to this hub's topic.
    func subscription(
        filters: String...,
        endpoint: String = "https://subscriber.example/hook",
        content: String = "full-resource",
        status: String = "requested",
        id: String? = nil,
        reason: String = "a test",
        headers: [String] = []
    ) -> JSONValue {
        let guide = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
        var resource = JSONObject()
        resource["resourceType"] = "Subscription"
        resource["id"] = id.map { .string($0) }
        resource["status"] = .string(status)
        resource["reason"] = .string(reason)
        resource["criteria"] = .string(topic)
        if !filters.isEmpty {
            resource["_criteria"] = [
                "extension": .array(
                    filters.map { ["url": .string(guide + "backport-filter-criteria"), "valueString": .string($0)] }
                )
            ]
        }
        var channel = JSONObject()
        channel["type"] = "rest-hook"
        channel["endpoint"] = .string(endpoint)
        channel["payload"] = "application/fhir+json"
        channel["_payload"] = [
            "extension": [["url": .string(guide + "backport-payload-content"), "valueCode": .string(content)]]
        ]
        if !headers.isEmpty { channel["header"] = .array(headers.map { .string($0) }) }
        resource["channel"] = .object(channel)
        return .object(resource)
    }

    /// Creates a subscription.
    ///
    /// - Returns: Its id.
    func subscribe(_ resource: JSONValue, _ bearer: String) async throws -> String {
        let answer = try await write(.post, Self.subscriptions, resource, bearer)
        #expect(answer.status == .created, "\(String(buffer: answer.body))")
        return try #require(answer.json()["id"]?.string)
    }

    /// What a handshake that was accepted writes.
    func activate(_ id: String) async throws {
        let uuid = try #require(UUID(uuidString: id))
        try await hub.pool.query(
            """
            WITH g AS (UPDATE subscription_generation SET number = number + 1 RETURNING number)
            UPDATE subscription SET status = 'active', activated_at = coalesce(activated_at, now()), generation = g.number
            FROM g WHERE id = $1
            """,
            [.uuid(uuid)]
        )
    }

    /// Routes what is written until a subscription has so many events, and lends the hub while its services run.
    func routing(
        _ id: String,
        until count: Int,
        writing: () async throws -> Void,
        _ body: () async throws -> Void
    ) async throws {
        try await running(hub.services()) {
            try await writing()
            let uuid = try #require(UUID(uuidString: id))
            try await eventually(within: .seconds(60), "the events are routed") {
                let rows = try await hub.pool.query(
                    "SELECT last_number FROM subscription_head WHERE subscription_id = $1",
                    [.uuid(uuid)]
                )
                return try rows.first?.decode("last_number", as: Int64.self) ?? 0 >= count
            }
            try await body()
        }
    }
}
