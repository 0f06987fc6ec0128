import Access
import Deliveries
import Events
import Foundation
import NIOCore
import NIOHTTP1
import Outbound
import Subscriptions

/// Posts notifications to endpoints that others named, over connections to checked addresses (`delivery.md` §10).
struct RestHookClient: NotificationPoster {
    let client: OutboundClient
    /// Where endpoints may be.
    let policy: AddressPolicy
    /// What operators say of a subscription's endpoint; nil: nothing.
    var security: (@Sendable (SubscriptionID) async throws -> EndpointSecurity)?

    func post(_ notification: OutgoingNotification) async throws -> AttemptOutcome {
        var known: EndpointSecurity?
        // What cannot be looked up opens nothing, and is no fault of the endpoint's.
        if let security, let subscription = notification.subscription { known = try await security(subscription) }
        return await post(notification, policy: policy.reopening(known?.networks ?? []), known)
    }

    private func post(
        _ notification: OutgoingNotification,
        policy: AddressPolicy,
        _ known: EndpointSecurity?
    ) async -> AttemptOutcome {
        let url: EndpointURL
        do throws(EndpointURLError) {
            url = try EndpointURL(notification.endpoint, policy: policy)
        } catch {
            return .misconfigured(httpStatus: nil)
        }
        var request = OutboundRequest(.POST, url, body: ByteBuffer(bytes: notification.body))
        for (name, value) in notification.headers { request.headers.add(name: name, value: value) }
        let challenge = notification.isHandshake ? Self.challenge() : nil
        if let challenge { request.headers.add(name: Self.challengeField, value: challenge) }
        do throws(OutboundError) {
            let answer = try await client.send(request, policy: policy, timeout: notification.timeout)
            if let challenge, (200..<300).contains(answer.status), mustProve(url, known),
                answer.headers.first(name: Self.challengeField) != challenge
            {
                return .misconfigured(httpStatus: answer.status)
            }
            return AttemptOutcome(
                httpStatus: answer.status,
                retryAfter: answer.headers.first(name: "Retry-After").flatMap { RetryAfter.pause($0, now: Date()) }
            )
        } catch {
            return AttemptOutcome(error)
        }
    }

    /// Whether a 2xx on the handshake is not enough: a subscriber's host that no operator took down as theirs has to give the
    /// challenge back, for many servers answer 200 to anything (`delivery.md` §8).
    private func mustProve(_ url: EndpointURL, _ known: EndpointSecurity?) -> Bool {
        guard let known, known.audience == .subscriber, !policy.isDevelopment else { return false }
        return known.client != "operator" && !known.owns(url.host)
    }

    private static let challengeField = "Herald-Challenge"

    /// 32 random bytes, as base64url.
    private static func challenge() -> String {
        Base64URL.encode((0..<4).flatMap { _ in withUnsafeBytes(of: UInt64.random(in: .min ... .max)) { Array($0) } })
    }
}

extension AttemptOutcome {
    /// Why no answer came, as far as the subscriber is told: three causes, and nothing of the network (D-75).
    fileprivate init(_ error: OutboundError) {
        self =
            switch error {
            case .notResolved: .transient(.nameNotResolved, retryAfter: nil)
            case .denied, .certificate: .misconfigured(httpStatus: nil)
            case .noResponse, .closed: .transient(.noResponse, retryAfter: nil)
            }
    }
}
