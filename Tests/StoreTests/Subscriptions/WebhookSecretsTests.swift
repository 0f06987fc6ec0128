import Access
import Deliveries
import Events
import Foundation
import HeraldTestKit
import Outbound
import Postgres
import Store
import Subscriptions
import Synchronization
import Testing

/// D-60, D-61: subscribers' secrets on PostgreSQL.
@Suite(.herald, .timeLimit(.minutes(1))) struct WebhookSecretsTests {
    private func withSecrets(
        _ audience: Subscription.Audience = .subscriber,
        _ body: (PostgresStore, PostgresPool, KeyRing<DeliveryKeys>, SubscriptionID) async throws -> Void
    ) async throws {
        try await ScratchDatabase.withStore { store, pool in
            let subscription = Subscription.sample(audience)
            try await store.create(subscription)
            try await body(store, pool, KeyRing<DeliveryKeys>(.generate(now: Date())), subscription.id)
        }
    }

    private func signed(_ secrets: WebhookSecrets, _ id: SubscriptionID) async throws -> [String: String] {
        let timestamp = Int64(Date().timeIntervalSince1970)
        var fields = Dictionary(
            try await secrets.headers(for: id, messageID: "ntf_1", timestamp: timestamp, body: [0x7B, 0x7D])
        ) { $1 }
        fields["timestamp"] = String(timestamp)
        return fields
    }

    private func isValid(
        _ fields: [String: String],
        _ secrets: [WebhookSecret],
        _ keys: [WebhookPublicKey] = []
    ) -> Bool {
        do throws(WebhookRefusal) {
            try WebhookVerifier(secrets: secrets, keys: keys).verify(
                id: "ntf_1",
                timestamp: fields["timestamp"],
                signatures: fields["webhook-signature"],
                body: [0x7B, 0x7D],
                now: Date()
            )
            return true
        } catch {
            return false
        }
    }

    @Test func theFirstSecretIsMadeBeforeTheFirstMessageAndShownOnce() async throws {
        try await withSecrets { store, pool, keys, id in
            let secrets = WebhookSecrets(store: store, keys: keys)
            let fields = try await signed(secrets, id)
            let first = try await secrets.issue(for: id)
            #expect(first.othersEnd == nil && isValid(fields, [first.secret]))
            let second = try await secrets.issue(for: id)
            #expect(second.secret != first.secret && second.othersEnd != nil)
            #expect(try await pool.count("SELECT count(*) FROM subscription_secret") == 2)
        }
    }

    @Test("§12: what is kept is not the secret, and does not open in another's row") func secretsAreEncryptedAtRest()
        async throws
    {
        try await withSecrets { store, pool, keys, id in
            let secret = try await WebhookSecrets(store: store, keys: keys).issue(for: id).secret
            let stored = try await pool.query("SELECT wrapped_key || sealed AS bytes FROM subscription_secret", [])
            let bytes = try #require(stored.first).decode("bytes", as: [UInt8].self)
            #expect(!bytes.contains(secret.bytes))
            let other = Subscription.sample(.subscriber)
            try await store.create(other)
            try await pool.query("UPDATE subscription_secret SET subscription_id = $1", [.uuid(other.id.uuid)])
            await #expect(throws: SecretError.damaged) {
                try await signed(WebhookSecrets(store: store, keys: keys), other.id)
            }
            await #expect(throws: SecretError.self) {
                let strange = KeyRing<DeliveryKeys>(.generate(now: Date()))
                _ = try await signed(WebhookSecrets(store: store, keys: strange), other.id)
            }
        }
    }

    @Test func practicesAreSignedToWithTheHubsKeyAlone() async throws {
        try await withSecrets(.gp) { store, pool, keys, id in
            let fields = try await signed(WebhookSecrets(store: store, keys: keys), id)
            let key = keys.current.signers(at: Date())[0].publicKey
            #expect(isValid(fields, [], [key]) && fields["Herald-Key-Id"] == key.id)
            #expect(try await pool.count("SELECT count(*) FROM subscription_secret") == 0)
        }
    }

    @Test("D-61: three secrets live at most, grace 0 ends the others at once, ended ones are erased")
    func rotationHasItsLimits() async throws {
        try await withSecrets { store, pool, keys, id in
            let secrets = WebhookSecrets(store: store, keys: keys)
            var shown: [WebhookSecret] = []
            for _ in 0..<4 { shown.append(try await secrets.issue(for: id).secret) }
            let fields = try await signed(secrets, id)
            #expect(shown.map { isValid(fields, [$0]) } == [false, true, true, true])
            await #expect(throws: WebhookSecretError.grace) {
                try await secrets.issue(for: id, grace: .seconds(7 * 86_400 + 1))
            }
            let own = WebhookSecret.random()
            let issued = try await secrets.issue(for: id, replacement: own, grace: .zero)
            let after = try await signed(secrets, id)
            #expect(issued.secret == own && isValid(after, [own]) && !isValid(after, shown))
            #expect(try await pool.count("SELECT count(*) FROM subscription_secret") == 1)
            _ = try await secrets.issue(for: id, grace: .seconds(1))
            try await eventually(within: .seconds(20), "the end of the old secret") {
                try await secrets.tidy().erased == 1
            }
            #expect(try await !isValid(signed(WebhookSecrets(store: store, keys: keys), id), [own]))
        }
    }

    @Test func secretsFollowANewWrappingKey() async throws {
        try await withSecrets { store, _, _, id in
            let folder = ScratchFolder.make()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let ring = try KeyRing<DeliveryKeys>(directory: folder, now: Date())
            let secrets = WebhookSecrets(store: store, keys: ring)
            let secret = try await secrets.issue(for: id).secret
            _ = try DeliveryKeys.rotate(in: folder, .secrets, grace: 0, now: Date())
            try ring.reload()
            #expect(try await secrets.tidy().rewrapped == 1)
            #expect(try await secrets.tidy().rewrapped == 0)
            #expect(try await isValid(signed(WebhookSecrets(store: store, keys: ring), id), [secret]))
        }
    }

    /// Two processes sign while the owner replaces the secret and uses each new one, alone, as soon as it has it.
    @Test("T-25: rotation under load, and no receiver sees an invalid signature") func rotationUnderLoad() async throws
    {
        try await withSecrets { store, _, keys, id in
            let hubs = [WebhookSecrets(store: store, keys: keys), WebhookSecrets(store: store, keys: keys)]
            let receiver = Receiver(try await hubs[0].issue(for: id).secret)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<8 {
                    let hub = hubs[worker % 2]
                    group.addTask { try await Self.load(hub, id, receiver) }
                }
                for _ in 0..<4 {
                    let secret = try await hubs[0].issue(for: id).secret
                    receiver.state.withLock { $0.secret = secret }
                    try await Task.sleep(for: .milliseconds(100))
                }
                group.cancelAll()
                do { try await group.waitForAll() } catch is CancellationError {}
            }
            let seen = receiver.state.withLock { $0 }
            #expect(seen.invalid == 0 && seen.valid > 100)
        }
    }

    /// A receiver that knows one secret, the last it was given.
    private final class Receiver: Sendable {
        let state: Mutex<(secret: WebhookSecret, valid: Int, invalid: Int)>

        init(_ secret: WebhookSecret) { state = Mutex((secret, 0, 0)) }
    }

    private static func load(_ hub: WebhookSecrets, _ id: SubscriptionID, _ receiver: Receiver) async throws {
        let tests = Self()
        while !Task.isCancelled {
            // What the receiver knows when the message leaves.
            let secret = receiver.state.withLock { $0.secret }
            let isValid = tests.isValid(try await tests.signed(hub, id), [secret])
            receiver.state.withLock { if isValid { $0.valid += 1 } else { $0.invalid += 1 } }
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}
