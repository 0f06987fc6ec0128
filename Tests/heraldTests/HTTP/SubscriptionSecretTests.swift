import Access
import Deliveries
import Events
import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import HummingbirdTesting
import NIOCore
import Outbound
import Postgres
import Store
import Subscriptions
import Testing

@testable import WebAPI
@testable import herald

/// D-60, D-61 and D-62 over HTTP.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct SubscriptionSecretTests {
    private static let scope = "system/Subscription.cruds"

    private func subscription(_ hub: HubFixture, client: String = "site") async throws -> String {
        var subscription = Subscription.sample(.subscriber, endpoint: "http://127.0.0.1:9/")
        subscription.client = client
        try await hub.hub.store.create(subscription)
        return "/FHIR/R4/Subscription/\(subscription.id)/$secret"
    }

    private func secret(_ bytes: some Collection<UInt8>) throws -> WebhookSecret? {
        let body = try JSONValue(parsing: Array(bytes))
        let parameter = body["parameter"]?.array?.first { $0["name"]?.string == "secret" }
        return parameter?["valueString"]?.string.flatMap { WebhookSecret($0) }
    }

    @Test func itsOwnerIsShownASecretOnceAndANewOneAfterwards() async throws {
        try await HubFixture.with { hub in
            let path = try await subscription(hub)
            let bearer = try await hub.bearer(Self.scope)
            let first = try await hub.send(.post, path, authorization: bearer)
            #expect(first.status == .ok && first.headers[.cacheControl] == "no-store")
            let again = try await hub.send(.post, path, authorization: bearer)
            #expect(again.status == .ok && String(buffer: again.body).contains("previousUntil"))
            let secrets = try [secret(first.body.readableBytesView), secret(again.body.readableBytesView)].compactMap(
                \.self
            )
            #expect(Set(secrets).count == 2)
            let own = WebhookSecret.random()
            let wish =
                #"{"resourceType":"Parameters","parameter":[{"name":"grace","valueUnsignedInt":0},{"name":"secret","valueString":"\#(own.plainText)"}]}"#
            let replaced = try await hub.send(
                .post,
                path,
                authorization: bearer,
                headers: [.contentType: "application/fhir+json", .contentLength: "\(wish.utf8.count)"],
                body: Array(wish.utf8)
            )
            #expect(replaced.status == .ok)
            #expect(try secret(replaced.body.readableBytesView) == own)
            // Audited, and the secret is not in the trail.
            let rows = try await hub.hub.pool.query("SELECT details FROM audit_record", [])
            let trail = try rows.map { try $0.decode("details", as: String.self) }.joined()
            #expect(trail.contains("$secret") && !trail.contains("whsec_"))
        }
    }

    @Test func nobodyElseIsShownIt() async throws {
        try await HubFixture.with { hub in
            let path = try await subscription(hub, client: "somebody-else")
            let bearer = try await hub.bearer(Self.scope)
            #expect(try await hub.send(.post, path, authorization: bearer).status == .notFound)
            #expect(try await hub.send(.post, path).status == .unauthorized)
            let reader = try await hub.bearer("system/Subscription.rs")
            #expect(try await hub.send(.post, subscription(hub), authorization: reader).status == .forbidden)
            for id in ["x", UUID().uuidString] {
                let path = "/FHIR/R4/Subscription/\(id)/$secret"
                #expect(try await hub.send(.post, path, authorization: bearer).status == .notFound)
            }
        }
    }

    @Test(arguments: [
        #"{"resourceType":"Patient"}"#,
        #"{"resourceType":"Parameters","parameter":[{"name":"grace","valueUnsignedInt":604801}]}"#,
        #"{"resourceType":"Parameters","parameter":[{"name":"grace","valueUnsignedInt":-1}]}"#,
        #"{"resourceType":"Parameters","parameter":[{"name":"secret","valueString":"whsec_AAAA"}]}"#,
        #"{"resourceType":"Parameters","parameter":[{"name":"other","valueString":"x"}]}"#, "[]", "{",
    ])
    func whatCannotBeUsedIsRefused(body: String) async throws {
        try await HubFixture.with { hub in
            let response = try await hub.send(
                .post,
                subscription(hub),
                authorization: hub.bearer(Self.scope),
                headers: [.contentType: "application/fhir+json", .contentLength: "\(body.utf8.count)"],
                body: Array(body.utf8)
            )
            #expect(response.status == .badRequest)
        }
    }

    @Test("D-62: the public keys are published apart from those of tokens") func theKeySetIsPublished() async throws {
        try await HubFixture.with { hub in
            let response = try await hub.send(.get, "/.well-known/webhook-jwks.json")
            let keys = try WebhookPublicKey.keys(inSet: response.body.readableBytesView)
            #expect(keys == hub.hub.deliveryKeys.current.signers(at: Date()).map(\.publicKey))
            let tokens = try await hub.send(.get, "/.well-known/jwks.json")
            #expect(try WebhookPublicKey.keys(inSet: tokens.body.readableBytesView).isEmpty)
        }
    }
}
