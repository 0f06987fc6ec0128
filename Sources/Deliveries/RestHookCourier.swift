import Events
package import Foundation
package import Logging
import Messages
import ServiceLifecycle
import Subscriptions

/// Posts notification bundles to subscribers' and practices' endpoints: in order, at least once, the same bytes each time.
package struct RestHookCourier<Store: LaneStore, Poster: NotificationPoster>: Service {
    private let store: Store
    private let poster: Poster
    private let signer: (any NotificationSigner)?
    private let configuration: CourierConfiguration
    private let environment: CourierEnvironment
    private let owner: UUID
    private let logger: Logger

    /// A courier; the owner names it in the leases and is unique per process.
    ///
    /// Without a signer nothing is signed.
    package init(
        store: Store,
        poster: Poster,
        signer: (any NotificationSigner)? = nil,
        configuration: CourierConfiguration,
        environment: CourierEnvironment = CourierEnvironment(),
        owner: UUID,
        logger: Logger
    ) {
        self.store = store
        self.poster = poster
        self.signer = signer
        self.configuration = configuration
        self.environment = environment
        self.owner = owner
        self.logger = logger
    }

    /// Runs until shutdown is asked for; attempts in flight are finished first.
    package func run() async throws {
        let dispatcher = LaneDispatcher(
            store: store,
            channel: .restHook,
            includingIdle: false,
            configuration: configuration,
            lease: configuration.postingLease,
            owner: owner,
            logger: logger
        )
        try await dispatcher.run { await serve($0) }
    }

    /// Does what a lane has to do, one request after the other, until it is drained, fails, or has had its turn.
    private func serve(_ claim: LaneClaim) async {
        do {
            var work = claim.work
            if work == nil { work = try await advance(claim) }
            for _ in 0..<configuration.batchesPerTurn {
                guard let next = work, !Task.isShuttingDownGracefully else { break }
                let record = try await attempt(next, of: claim)
                var machine = LaneStateMachine(work: next)
                let action = machine.attempted(record.outcome, jitter: environment.jitter())
                guard action == .advance else {
                    return try await store.retreat(claim, failed: record, action: action)
                }
                work = try await advance(claim, past: record)
            }
            try await store.release(claim)
        } catch is LaneLost {
            logger.warning("lane taken over by another courier", metadata: Self.metadata(claim))
        } catch {
            logger.warning("lane interrupted", error: error, metadata: Self.metadata(claim))
            // The batch is sent again with the same bytes; where this fails too, when the lease has run out.
            try? await store.postpone(claim, .after(.seconds(5)))
        }
    }

    private func advance(_ claim: LaneClaim, past accepted: AttemptRecord? = nil) async throws -> LaneWork? {
        try await store.advance(
            claim,
            accepted: accepted,
            bundleID: environment.makeID(),
            lease: configuration.postingLease
        )
    }

    /// Renders, posts and classifies one message.
    private func attempt(_ work: LaneWork, of claim: LaneClaim) async throws -> AttemptRecord {
        var events: [LaneEvent] = []
        if let numbers = work.numbers { events = try await store.events(of: claim, numbers: numbers) }
        let startedAt = environment.now()
        let attempt = (work.frozen?.failures ?? 0) + 1
        var notification = notification(work, events, attempt: attempt, to: claim.subscription, at: startedAt)
        notification.subscription = claim.subscription.id
        notification.isHandshake = work.kind == .handshake
        try await signer?.sign(&notification)
        let clock = ContinuousClock.now
        let outcome = await poster.post(notification)
        let record = AttemptRecord(
            work: work,
            attempt: attempt,
            startedAt: startedAt,
            duration: .now - clock,
            outcome: outcome
        )
        DeliveryMetrics.attempted(.restHook, outcome.name, in: record.duration)
        if case .accepted = outcome, case .batch = work {
            DeliveryMetrics.accepted(.restHook, committed: events.map(\.committedAt), at: environment.now())
        }
        logger.debug(
            "notification attempted",
            metadata: Self.metadata(claim).merging([
                "herald.delivery.outcome": "\(outcome.name)", "herald.delivery.kind": "\(work.kind)",
                "herald.events": "\(work.numbers.map { "\($0)" } ?? "none")",
            ]) { $1 }
        )
        return record
    }

    private func notification(
        _ work: LaneWork,
        _ events: [LaneEvent],
        attempt: Int,
        to subscription: Subscription,
        at time: Date
    ) -> OutgoingNotification {
        let bundleID = work.frozen?.bundleID ?? environment.makeID()
        return OutgoingNotification(
            endpoint: subscription.endpoint,
            headers: DeliveryHeaders.fields(
                bundleID: bundleID,
                subscription: subscription.id.uuid,
                attempt: attempt,
                range: work.numbers,
                sentAt: time,
                contentType: subscription.payload,
                isResend: work.kind == .resend,
                version: configuration.version,
                subscriberLines: subscription.headerFields
            ),
            body: NotificationRendering(configuration: configuration).body(
                of: work,
                events,
                to: subscription,
                bundleID: bundleID,
                at: work.frozen?.frozenAt ?? time
            ),
            timeout: min(subscription.timeout, configuration.attemptLimit)
        )
    }

    private static func metadata(_ claim: LaneClaim) -> Logger.Metadata {
        ["herald.subscription.id": "\(claim.subscription.id)"]
    }
}
