import Access
import Events
package import Foundation
package import Logging
import Messages
import ServiceLifecycle
import Subscriptions

/// Posts notification bundles to subscribers' and practices' endpoints: in order, at least once, the same bytes each time.
package struct RestHookCourier<Store: LaneStore & BreakerStore, Poster: NotificationPoster>: Service {
    private let store: Store
    private let poster: Poster
    private let signer: (any NotificationSigner)?
    private let headers: HeaderVault?
    private let recipients: (any RecipientPolicy)?
    private let configuration: CourierConfiguration
    private let environment: CourierEnvironment
    private let owner: UUID
    private let logger: Logger
    private let traffic: DeliveryTraffic
    private let breakers: BreakerReading<Store>
    private let bytes: ByteBudget
    private let bell: Bell

    /// A courier; the owner names it in the leases and is unique per process.
    ///
    /// Without a signer nothing is signed, without a vault subscribers' header lines are sent as they are kept, without a policy
    /// of recipients everything is sent to everybody. Whoever routes
    /// events in the same process rings the bell, so that the courier looks at once; what other processes route it finds
    /// within the idle pause.
    package init(
        store: Store,
        poster: Poster,
        signer: (any NotificationSigner)? = nil,
        headers: HeaderVault? = nil,
        recipients: (any RecipientPolicy)? = nil,
        configuration: CourierConfiguration,
        environment: CourierEnvironment = CourierEnvironment(),
        owner: UUID,
        bell: Bell = Bell(),
        logger: Logger
    ) {
        self.bell = bell
        self.store = store
        self.poster = poster
        self.signer = signer
        self.headers = headers
        self.recipients = recipients
        self.configuration = configuration
        self.environment = environment
        self.owner = owner
        self.logger = logger
        traffic = DeliveryTraffic(limits: configuration.limits)
        breakers = BreakerReading(store: store, traffic: traffic, interval: configuration.breakerInterval)
        bytes = ByteBudget(limit: configuration.limits.bytesInFlight)
    }

    /// Runs until shutdown is asked for; attempts in flight are finished first.
    package func run() async throws {
        let dispatcher = LaneDispatcher(
            limit: configuration.limits.inFlight,
            idlePause: configuration.idlePause,
            bell: bell,
            logger: logger
        )
        let queue = LaneQueue(
            store: store,
            traffic: traffic,
            breakers: breakers,
            configuration: configuration,
            owner: owner
        )
        try await dispatcher.run { room in
            try await queue.claim(room)
        } serve: { claim in
            await serve(claim)
            traffic.ended(claim)
        }
    }

    /// Does what a lane has to do, one request after the other, until it is drained, fails, or has had its turn.
    private func serve(_ claim: LaneClaim) async {
        do {
            var work = claim.work
            if work == nil { work = try await advance(claim) }
            for _ in 0..<configuration.batchesPerTurn {
                guard let next = work, !Task.isShuttingDownGracefully else { break }
                // Before each: a turn may be long, and what is asked is remembered for a moment.
                let permission = try await recipients?.permission(of: claim.subscription) ?? .types(.all)
                if case .nothing(let reason) = permission { return try await forbid(claim, reason) }
                guard try await mayBeShown(next, to: claim, permission.types) else {
                    work = try await advance(claim)
                    continue
                }
                let since = ContinuousClock.now
                guard try await waitForTurn(claim, next) else { return }
                let record = try await bytes.with(Self.bytes(of: next)) {
                    // Whoever waited long may have lost the lane, and another sends already.
                    if .now - since > .seconds(1) {
                        try await store.renew(claim, lease: configuration.postingLease(claim.subscription))
                    }
                    return try await attempt(next, of: claim, showing: permission.types)
                }
                var machine = LaneStateMachine(work: record.work, policy: claim.policy)
                let action = machine.attempted(record.outcome, jitter: environment.jitter())
                await judgeOrigin(of: claim, by: record)
                guard action == .advance else {
                    DeliveryMetrics.failed(action)
                    if action.needsAPerson {
                        logger.warning(
                            "a subscription's owner has to act",
                            metadata: Self.metadata(claim).merging([
                                "herald.client": "\(claim.subscription.client)",
                                "herald.delivery.outcome": "\(record.outcome.name)",
                            ]) { $1 }
                        )
                    }
                    return try await store.retreat(claim, failed: record, action: action)
                }
                work = try await advance(claim, past: record)
            }
            try await store.release(claim)
        } catch is LaneLost {
            DeliveryMetrics.lost()
            logger.warning("lane taken over by another courier", metadata: Self.metadata(claim))
        } catch {
            let hindrance = Hindrance(error)
            hindrance.tell(logger, Self.metadata(claim))
            // What was in hand comes again with the same bytes; where this fails too, when the lease has run out.
            try? await store.withhold(claim, for: hindrance.pause, because: hindrance.trouble)
        }
    }

    /// Waits until the origin may be sent to.
    ///
    /// - Returns: False where that is not soon or shutdown is asked for, and the lane is given back.
    private func waitForTurn(_ claim: LaneClaim, _ work: LaneWork) async throws -> Bool {
        guard let wait = traffic.permit(claim.origin, isNotice: work.isNotice) else {
            try await store.release(claim)
            return false
        }
        if wait > DeliveryTraffic.patience {
            try await store.postpone(claim, .after(wait))
            return false
        }
        if wait > .zero {
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: wait) }
            guard !Task.isShuttingDownGracefully, !Task.isCancelled else {
                try await store.release(claim)
                return false
            }
        }
        return true
    }

    /// Whether the client may still be shown what it, or an operator, asked to be sent again (D-52).
    private func mayBeShown(_ work: LaneWork, to claim: LaneClaim, _ types: PermittedTypes) async throws -> Bool {
        switch work {
        case .resend(let job): try await store.recheck(job, of: claim, readable: types)
        case .backfill(let job): try await store.recheck(job, of: claim, readable: types)
        case .handshake, .heartbeat, .batch: true
        }
    }

    /// The client has lost what it needs to be told anything: its lane parks, with its events (`fhir-subscriptions.md` §11).
    private func forbid(_ claim: LaneClaim, _ reason: String) async throws {
        logger.warning(
            "nothing is sent to a subscriber that may not be told any more",
            metadata: Self.metadata(claim).merging(["herald.reason": "\(reason)"]) { $1 }
        )
        try await store.forbid(claim, because: reason)
    }

    /// What a message takes in memory at the most, before it is known.
    private static func bytes(of work: LaneWork) -> Int { min((work.frozen?.numbers.count ?? 1) * (64 << 10), 5 << 20) }

    /// Tells the origin's breaker, and everybody when that changes.
    private func judgeOrigin(of claim: LaneClaim, by record: AttemptRecord) async {
        let change = traffic.attempted(
            claim.origin,
            record.outcome,
            isNotice: record.work.isNotice,
            jitter: environment.jitter()
        )
        await breakers.tell(change, logger)
    }

    private func advance(_ claim: LaneClaim, past accepted: AttemptRecord? = nil) async throws -> LaneWork? {
        try await store.advance(
            claim,
            accepted: accepted,
            bundleID: environment.makeID(),
            lease: configuration.postingLease(claim.subscription)
        )
    }

    /// Renders, posts and classifies one message.
    private func attempt(
        _ work: LaneWork,
        of claim: LaneClaim,
        showing types: PermittedTypes
    ) async throws -> AttemptRecord {
        let (work, found) = try await content(of: work, claim)
        let events = found.map { event in
            var event = event
            // A number without content keeps the numbering whole (`fhir-subscriptions.md` §11).
            event.isWithheld = !types.contains(event.vaccineType)
            return event
        }
        let startedAt = environment.now()
        let attempt = (work.frozen?.failures ?? 0) + 1
        var subscription = claim.subscription
        // What cannot be opened is not sent: the endpoint would not know who it is from.
        if let headers { subscription.headers = try headers.open(subscription.headers, of: subscription.id) }
        var notification = notification(work, events, attempt: attempt, to: subscription, at: startedAt)
        notification.subscription = claim.subscription.id
        notification.isHandshake = work.kind == .handshake
        try await signer?.sign(&notification)
        let clock = ContinuousClock.now
        let outcome = try await poster.post(notification)
        let record = AttemptRecord(
            work: work,
            attempt: attempt,
            startedAt: startedAt,
            duration: .now - clock,
            outcome: outcome
        )
        DeliveryMetrics.attempted(.restHook, outcome.name, in: record.duration)
        DeliveryMetrics.sent(work, attempt: attempt)
        if case .accepted = outcome, case .batch = work {
            DeliveryMetrics.accepted(
                .restHook,
                of: claim.subscription.client,
                committed: events.map(\.committedAt),
                at: environment.now()
            )
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

    /// What a message tells of; one that would be too large ends earlier.
    private func content(of work: LaneWork, _ claim: LaneClaim) async throws -> (LaneWork, [LaneEvent]) {
        var events: [LaneEvent] = []
        if case .backfill(let job) = work {
            events = try await store.records(of: job)
        } else if let numbers = work.numbers {
            events = try await store.events(of: claim, numbers: numbers)
        }
        guard let frozen = work.frozen, let last = NotificationRendering.lastThatFits(events),
            last < frozen.numbers.upperBound
        else { return (work, events) }
        events.removeAll { $0.number > last }
        // Before the first attempt, so that it is the same ever after (D-10).
        return switch work {
        case .batch(let batch): (.batch(try await store.shorten(batch, of: claim, through: last)), events)
        case .resend(let job): (.resend(try await store.shorten(job, of: claim, through: last)), events)
        case .backfill(let job): (.backfill(try await store.shorten(job, of: claim, through: last)), events)
        case .handshake, .heartbeat: (work, events)
        }
    }

    private func notification(
        _ work: LaneWork,
        _ events: [LaneEvent],
        attempt: Int,
        to subscription: Subscription,
        at time: Date
    ) -> OutgoingNotification {
        let bundleID = work.frozen.map { NotificationRendering.id(of: $0, events) } ?? environment.makeID()
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
                backfill: work.backfill,
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
            timeout: configuration.timeout(of: subscription)
        )
    }

    private static func metadata(_ claim: LaneClaim) -> Logger.Metadata {
        ["herald.subscription.id": "\(claim.subscription.id)"]
    }
}
