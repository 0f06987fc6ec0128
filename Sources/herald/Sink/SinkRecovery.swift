import AsyncHTTPClient
import Foundation
import Messages
import NIOCore
import NIOHTTP1
import ServiceLifecycle

/// Fetches events whose notification never came, by their numbers, with `$events` (`delivery.md` §20).
struct SinkRecovery: Service {
    let ledger: NotificationLedger
    /// The hub's FHIR base, such as `http://127.0.0.1:8480/FHIR/R4`.
    let base: String
    /// An access token with `system/Subscription.rs`, read for each request: tokens end.
    let token: @Sendable () throws -> String
    /// How long a gap may close by itself: a notification that was overtaken is on its way.
    let patience: Duration
    /// Called with what came of each look.
    let onRecovery: @Sendable (String, Result<NotificationLedger.Outcome, any Error>) -> Void

    private let gaps = AsyncStream<String>.makeStream(bufferingPolicy: .bufferingNewest(1000))

    init(
        ledger: NotificationLedger,
        base: String,
        patience: Duration,
        token: @escaping @Sendable () throws -> String,
        onRecovery: @escaping @Sendable (String, Result<NotificationLedger.Outcome, any Error>) -> Void
    ) {
        self.ledger = ledger
        self.base = base
        self.patience = patience
        self.token = token
        self.onRecovery = onRecovery
    }

    /// Takes down that a subscription's numbers have a gap.
    func noticed(gapIn subscription: String) { gaps.continuation.yield(subscription) }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await subscription in gaps.stream {
                try? await Task.sleep(for: patience)
                if Task.isCancelled { return }
                await recover(subscription)
            }
        }
    }

    /// Asks until nothing is missing or nothing new comes: one answer has 100 events at most.
    private func recover(_ subscription: String) async {
        do {
            while !Task.isCancelled {
                let missing = ledger.missing(of: subscription)
                guard let first = missing.first, let last = missing.last else { return }
                let outcome = ledger.take(try await events(of: subscription, first...last), at: "$events")
                onRecovery(subscription, .success(outcome))
                if outcome.new.isEmpty { return }
            }
        } catch {
            onRecovery(subscription, .failure(error))
        }
    }

    private func events(of subscription: String, _ numbers: ClosedRange<Int64>) async throws -> ReceivedNotification {
        var request = HTTPClientRequest(
            url: "\(base)/Subscription/\(subscription)/$events?eventsSinceNumber=\(numbers.lowerBound)"
                + "&eventsUntilNumber=\(numbers.upperBound)"
        )
        request.headers.add(name: "Authorization", value: "Bearer \(try token())")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        guard response.status == .ok else {
            throw CommandFailure("the hub answered \(response.status.code) to $events")
        }
        let body = try await response.body.collect(upTo: 64 << 20)
        return try ReceivedNotification(parsing: Array(body.readableBytesView))
    }
}
