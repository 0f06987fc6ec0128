import Events
package import Foundation
package import Logging
import Messages
import ServiceLifecycle
import Subscriptions

/// Writes the runs of feed subscriptions and sends them on: into a folder, or by MESH (`nis-feed.md`).
package struct FeedCourier<Store: FeedRunStore>: Service {
    private let store: Store
    private let configuration: CourierConfiguration
    private let feed: FeedSettings
    private let carrier: (any FeedCarrier)?
    private let environment: CourierEnvironment
    private let owner: UUID
    private let logger: Logger

    /// - Parameters:
    ///   - store: Where lanes and runs are on file.
    ///   - configuration: Leases and pauses.
    ///   - feed: How runs are written.
    ///   - carrier: What runs are sent with; nil where there is no MESH.
    ///   - environment: The time and chance.
    ///   - owner: Names the process in the leases; unique.
    ///   - logger: Gets names and counts, never rows.
    package init(
        store: Store,
        configuration: CourierConfiguration,
        feed: FeedSettings,
        carrier: (any FeedCarrier)? = nil,
        environment: CourierEnvironment = CourierEnvironment(),
        owner: UUID,
        logger: Logger
    ) {
        self.store = store
        self.configuration = configuration
        self.feed = feed
        self.carrier = carrier
        self.environment = environment
        self.owner = owner
        self.logger = logger
    }

    /// Runs until shutdown is asked for; a run in hand is written to its end, a file that is being sent too.
    package func run() async throws {
        let dispatcher = LaneDispatcher(
            limit: Self.feedsAtOnce,
            idlePause: configuration.idlePause,
            bell: Bell(),
            logger: logger
        )
        try await dispatcher.run { room in
            try await store.claimLanes(
                channel: .feed,
                includingIdle: true,
                limit: room,
                owner: owner,
                lease: configuration.lease
            )
        } serve: { claim in
            await serve(claim)
        }
    }

    /// Feeds in hand side by side at most.
    private static var feedsAtOnce: Int { 16 }

    private func serve(_ claim: LaneClaim) async {
        var logger = logger
        logger[metadataKey: "herald.subscription.id"] = "\(claim.subscription.id)"
        let clock = ContinuousClock.now
        do {
            let folder = try folder(of: claim)
            try await writeRun(of: claim, in: folder, logger)
            let sender = FeedSender(
                store: store,
                claim: claim,
                carrier: carrier,
                feed: feed,
                folder: folder,
                environment: environment,
                logger: logger
            )
            try await holding(claim) { try await sender.run() }
            try await clear(claim, folder)
            try await store.rest(claim)
        } catch is LaneLost {
            logger.warning("feed taken over by another courier")
        } catch {
            // A run stays frozen and is written again, byte for byte, when the lease is over (N-20).
            DeliveryMetrics.attempted(.feed, "failed", in: .now - clock)
            logger.error("feed run not written", error: error)
        }
    }

    private func writeRun(of claim: LaneClaim, in folder: String, _ logger: Logger) async throws {
        let clock = ContinuousClock.now
        let noted = try FeedRunReader(directory: folder).lastSequence()
        guard let run = try await store.freezeRun(claim, at: environment.now(), feed, noted: noted) else { return }
        var renewAt = ContinuousClock.now + configuration.lease / 3
        var files = FeedRunFiles(store: store, claim: claim, run: run, feed: feed, folder: folder) {
            guard ContinuousClock.now >= renewAt else { return }
            try await store.renew(claim, lease: configuration.lease)
            renewAt = .now + configuration.lease / 3
        }
        files.onEvents = { committed in
            DeliveryMetrics.accepted(
                .feed,
                of: claim.subscription.client,
                committed: committed,
                at: environment.now()
            )
        }
        let written = try await files.write()
        try await store.finishRun(claim, run, written, next: .untilNext(feed.interval))
        DeliveryMetrics.attempted(.feed, "accepted", in: .now - clock)
        logger.info(
            "feed run written",
            metadata: [
                "herald.run": "\(run.sequence)", "herald.run.kind": "\(run.kind.rawValue)",
                "herald.events": "\(run.eventCount)", "herald.rows": "\(written.files.last?.rows ?? 0)",
            ]
        )
    }

    /// A consumer's own folder, or the one where runs wait that are sent to a mailbox.
    private func folder(of claim: LaneClaim) throws -> String {
        guard claim.subscription.mailbox != nil else { return claim.subscription.endpoint }
        try FileManager.default.createDirectory(
            atPath: feed.spool,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        return feed.spool
    }

    /// Renews the lease while something is sent, which may take minutes; when the lane is lost, sending is cut short.
    private func holding(_ claim: LaneClaim, _ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask {
                while true {
                    try await Task.sleep(for: configuration.lease / 3)
                    try await store.renew(claim, lease: configuration.lease)
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Deletes the files of runs whose time is over (§8).
    private func clear(_ claim: LaneClaim, _ folder: String) async throws {
        for run in try await store.expiredRuns(of: claim, olderThan: feed.retention) {
            for name in run.names {
                let path = "\(folder)/\(name)"
                if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
            }
            try await store.markRemoved(run, of: claim)
            logger.info("feed run deleted", metadata: ["herald.run": "\(run.sequence)"])
        }
    }
}
