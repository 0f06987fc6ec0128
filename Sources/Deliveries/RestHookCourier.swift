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
    private let configuration: CourierConfiguration
    private let environment: CourierEnvironment
    private let owner: UUID
    private let logger: Logger

    /// A courier; the owner names it in the leases and is unique per process.
    package init(
        store: Store,
        poster: Poster,
        configuration: CourierConfiguration,
        environment: CourierEnvironment = CourierEnvironment(),
        owner: UUID,
        logger: Logger
    ) {
        self.store = store
        self.poster = poster
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

    /// Delivers a lane's batches one after the other until it is drained, fails, or has had its turn.
    private func serve(_ claim: LaneClaim) async {
        do {
            var next = claim.batch
            var accepted: AttemptRecord?
            for _ in 0..<configuration.batchesPerTurn {
                if next == nil {
                    next = try await store.advance(
                        claim,
                        accepted: accepted,
                        bundleID: environment.makeID(),
                        lease: configuration.postingLease
                    )
                    accepted = nil
                }
                guard let batch = next else { return try await store.release(claim) }
                guard !Task.isShuttingDownGracefully else { return try await store.release(claim) }
                let record = try await attempt(batch, of: claim)
                var machine = LaneStateMachine(failures: batch.failures, failingFor: batch.failingFor)
                let action = machine.attempted(record.outcome, jitter: environment.jitter())
                guard action == .advance else {
                    return try await store.retreat(claim, failed: record, action: action)
                }
                accepted = record
                next = nil
            }
            if let accepted {
                _ = try await store.advance(
                    claim,
                    accepted: accepted,
                    bundleID: environment.makeID(),
                    lease: configuration.postingLease
                )
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

    private func attempt(_ batch: FrozenBatch, of claim: LaneClaim) async throws -> AttemptRecord {
        let events = try await store.events(of: claim, numbers: batch.numbers)
        let startedAt = environment.now()
        let notification = OutgoingNotification(
            endpoint: claim.subscription.endpoint,
            headers: DeliveryHeaders.fields(
                bundleID: batch.bundleID,
                subscription: claim.subscription.id.uuid,
                attempt: batch.failures + 1,
                range: batch.numbers,
                sentAt: startedAt,
                contentType: "application/fhir+json",
                version: configuration.version
            ),
            body: NotificationRendering(configuration: configuration).bundle(events, batch: batch, claim: claim),
            timeout: min(claim.subscription.timeout, configuration.attemptLimit)
        )
        let clock = ContinuousClock.now
        let outcome = await poster.post(notification)
        let record = AttemptRecord(
            numbers: batch.numbers,
            attempt: batch.failures + 1,
            startedAt: startedAt,
            duration: .now - clock,
            outcome: outcome
        )
        DeliveryMetrics.attempted(.restHook, outcome.name, in: record.duration)
        if case .accepted = outcome {
            DeliveryMetrics.accepted(.restHook, committed: events.map(\.committedAt), at: environment.now())
        }
        logger.debug(
            "notification attempted",
            metadata: Self.metadata(claim).merging([
                "herald.delivery.outcome": "\(outcome.name)", "herald.events": "\(batch.numbers)",
            ]) { $1 }
        )
        return record
    }

    private static func metadata(_ claim: LaneClaim) -> Logger.Metadata {
        ["herald.subscription.id": "\(claim.subscription.id)"]
    }
}
