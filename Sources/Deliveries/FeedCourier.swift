import Events
package import Foundation
package import Logging
import Messages
import ServiceLifecycle
import Subscriptions
package import Vaccination

/// Writes the runs of feed subscriptions into their folders (`nis-feed.md`).
package struct FeedCourier<Store: LaneStore>: Service {
    private let store: Store
    private let configuration: CourierConfiguration
    private let feed: FeedSettings
    private let environment: CourierEnvironment
    private let owner: UUID
    private let logger: Logger

    /// A courier; the owner names it in the leases and is unique per process.
    package init(
        store: Store,
        configuration: CourierConfiguration,
        feed: FeedSettings,
        environment: CourierEnvironment = CourierEnvironment(),
        owner: UUID,
        logger: Logger
    ) {
        self.store = store
        self.configuration = configuration
        self.feed = feed
        self.environment = environment
        self.owner = owner
        self.logger = logger
    }

    /// Runs until shutdown is asked for; a run in hand is written to its end.
    package func run() async throws {
        let dispatcher = LaneDispatcher(
            limit: Self.filesAtOnce,
            idlePause: configuration.idlePause,
            bell: Bell(),
            logger: logger
        )
        try await dispatcher.run { room in
            try await store.claimLanes(
                channel: .feed,
                includingIdle: feed.writesEmptyRuns,
                limit: room,
                owner: owner,
                lease: configuration.lease
            )
        } serve: { claim in
            await serve(claim)
        }
    }

    /// Runs written side by side at most.
    private static var filesAtOnce: Int { 16 }

    private func serve(_ claim: LaneClaim) async {
        let metadata: Logger.Metadata = ["herald.subscription.id": "\(claim.subscription.id)"]
        let clock = ContinuousClock.now
        do {
            let next = LanePause.untilNext(feed.interval)
            let now = environment.now()
            guard let run = try await store.freezeRun(claim, at: now, allowingEmpty: feed.writesEmptyRuns) else {
                return try await store.postpone(claim, next)
            }
            let heldBack = try await write(run, of: claim)
            try await store.finishRun(claim, run, heldBack: heldBack, next: next)
            DeliveryMetrics.attempted(.feed, "accepted", in: .now - clock)
            logger.info(
                "feed run written",
                metadata: metadata.merging([
                    "herald.run": "\(run.sequence)", "herald.events": "\(run.to - run.from + 1)",
                ]) {
                    $1
                }
            )
        } catch is LaneLost {
            logger.warning("feed taken over by another courier", metadata: metadata)
        } catch {
            // The run stays frozen and is written again, byte for byte, when the lease is over (N-20).
            DeliveryMetrics.attempted(.feed, "failed", in: .now - clock)
            logger.error("feed run not written", error: error, metadata: metadata)
        }
    }

    /// Streams the run's events into files, the manifest last.
    ///
    /// - Returns: Rows held back because a mandatory column could not be made (N-05).
    private func write(_ run: FrozenRun, of claim: LaneClaim) async throws -> Int {
        let writer = FeedRunWriter(
            FeedRun(
                odsCode: feed.odsCode,
                kind: .delta,
                sequence: run.sequence,
                previousSequence: run.sequence - 1,
                started: run.startedAt,
                generated: run.startedAt,
                fromEvent: run.from,
                toEvent: run.to
            ),
            directory: claim.subscription.endpoint
        )
        var from = run.from
        var renewAt = ContinuousClock.now + configuration.lease / 3
        while from <= run.to {
            // Two writers of one run would truncate each other's files: whoever lost the lane stops here.
            if ContinuousClock.now >= renewAt {
                try await store.renew(claim, lease: configuration.lease)
                renewAt = .now + configuration.lease / 3
            }
            let through = min(from + 499, run.to)
            let events = try await store.events(of: claim, numbers: from...through)
            for event in events {
                for row in try FeedRow.rows(of: event) {
                    try writer.append(
                        row.record.flat,
                        vaccineType: row.vaccineType,
                        recordID: event.recordID,
                        action: row.action,
                        conversionErrors: row.record.errors.map(\.column)
                    )
                }
            }
            DeliveryMetrics.accepted(
                .feed,
                of: claim.subscription.client,
                committed: events.map(\.committedAt),
                at: environment.now()
            )
            from = through + 1
        }
        return try writer.finish().heldBack
    }
}

/// How a feed is written.
package struct FeedSettings: Sendable, Hashable {
    /// Herald's own ODS code, part of every file name.
    package var odsCode: ODSCode
    /// From one run to the next (`feed.interval`).
    package var interval: Duration = .seconds(3600)
    /// Whether an hour without events still gets its manifest (TN-04).
    package var writesEmptyRuns = true

    package init(odsCode: ODSCode) { self.odsCode = odsCode }
}
