import AsyncHTTPClient
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import Outbound

/// Checks that a message comes from the hub: with the subscription's secret, or with the hub's published keys.
actor SinkVerification {
    /// How often the key set may be fetched: a stream of bad messages must not become a stream of requests.
    private static let pause: Duration = .seconds(10)

    private let secrets: [WebhookSecret]
    /// Where the hub publishes its keys.
    private let keySet: String?
    private var keys: [WebhookPublicKey] = []
    private var fetchedAt: ContinuousClock.Instant?

    init(secrets: [WebhookSecret] = [], keySet: String? = nil) {
        self.secrets = secrets
        self.keySet = keySet
    }

    /// Checks a message over the bytes as they came.
    ///
    /// - Throws: `WebhookRefusal`.
    func verify(_ headers: HTTPFields, body: some Collection<UInt8> & Sendable) async throws(WebhookRefusal) {
        let named = Self.value("Herald-Key-Id", headers)?.split(separator: " ").map(String.init) ?? []
        if !named.contains(where: { name in keys.contains { $0.id == name } }) { await fetch() }
        try WebhookVerifier(secrets: secrets, keys: keys).verify(
            id: Self.value("webhook-id", headers),
            timestamp: Self.value("webhook-timestamp", headers),
            signatures: Self.value("webhook-signature", headers),
            body: body,
            now: Date()
        )
    }

    /// Fetches the key set when a message names a key that is not known yet: the hub's keys were rotated.
    private func fetch() async {
        guard let keySet, fetchedAt.map({ .now - $0 >= Self.pause }) ?? true else { return }
        fetchedAt = .now
        do {
            let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: keySet), timeout: .seconds(5))
            guard response.status == .ok else { return }
            let body = try await response.body.collect(upTo: 64 << 10)
            keys = try WebhookPublicKey.keys(inSet: body.readableBytesView)
        } catch {
            // The keys in hand stay; the message is refused, and sent again.
        }
    }

    private static func value(_ name: String, _ headers: HTTPFields) -> String? {
        HTTPField.Name(name).flatMap { headers[$0] }
    }
}
