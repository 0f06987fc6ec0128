package import Foundation
package import Logging
import ServiceLifecycle
import Vaccination

/// Applies queued feeds, several side by side, each from its checkpoint.
package struct FeedWorker<Store: FeedStore>: Service {
    private let store: Store
    private let configuration: FeedWorkerConfiguration
    private let owner: UUID
    private let now: @Sendable () -> Date
    private let logger: Logger
    private let metrics: FeedMetrics
    private let brake: BacklogBrake<Store>

    /// A worker; the owner names it in the leases and is unique per process.
    package init(
        store: Store,
        configuration: FeedWorkerConfiguration = FeedWorkerConfiguration(),
        owner: UUID,
        now: @escaping @Sendable () -> Date = { Date() },
        logger: Logger
    ) {
        self.store = store
        self.configuration = configuration
        self.owner = owner
        self.now = now
        self.logger = logger
        metrics = FeedMetrics()
        brake = BacklogBrake(
            store: store,
            configuration: configuration,
            metrics: metrics,
            logger: logger
        )
    }

    /// Runs until shutdown is asked for; batches in hand are applied first, the rest of a feed waits for the next start.
    package func run() async throws {
        await withDiscardingTaskGroup { group in
            for _ in 0..<configuration.feedsAtOnce {
                group.addTask { await work() }
            }
        }
    }

    private func work() async {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            var pause = configuration.idlePause
            do {
                try await brake.waitForRoom()
                if Task.isShuttingDownGracefully { return }
                if let claim = try await store.claim(owner: owner, lease: configuration.lease) {
                    try await apply(claim)
                    continue
                }
            } catch is FeedLost {
                logger.info("feed paused, cancelled or taken over by another worker")
            } catch {
                // The claimed feed, if there was one, is gone on with when its lease is over or given back.
                if !(error is CancellationError) { logger.warning("feed interrupted, trying again", error: error) }
                pause = configuration.failurePause
            }
            let duration = pause
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
        }
    }

    private func apply(_ claim: FeedClaim) async throws {
        let metadata: Logger.Metadata = ["herald.feed.id": "\(claim.id)"]
        // One view from here to the end of the claim: a change of permissions in mid-file takes effect when the feed is
        // claimed again, by `pause` and `resume` if it must be now.
        let reference = try await store.reference()
        guard let type = reference.vaccineTypes[claim.vaccineType],
            let supplier = reference.suppliers.supplier(named: claim.supplier)
        else {
            return try await finish(
                claim,
                .failed,
                0,
                reason:
                    "The file's vaccine type or supplier is not configured any more. Configure it and send the file again."
            )
        }
        if claim.isUntouched {
            do throws(FeedFileError) {
                _ = try supplier.permissionsToSend(type)
            } catch {
                return try await store.finish(claim, status: error.status, totalRows: 0, reason: error.sentence)
            }
        }
        let application = FeedApplication(
            store: store,
            claim: claim,
            supplier: supplier,
            checker: RowChecker(
                vaccineType: type,
                permissions: supplier.permissions(for: type),
                now: Int64(now().timeIntervalSince1970 * 1_000_000)
            ),
            limits: configuration.limits,
            batchSize: configuration.batchSize,
            metrics: metrics,
            brake: brake
        )
        do {
            try await finish(claim, holding(claim) { try await application.run() })
        } catch let error where isPassing(error) {
            try? await store.release(claim)
            throw error
        } catch let error where !(error is FeedLost) {
            return try await halt(claim, error, metadata)
        }
        logger.info("feed applied", metadata: metadata)
    }

    private func isPassing(_ error: any Error) -> Bool {
        error is CancellationError || store.isTransient(error)
    }

    /// Stops at an error that would come again: the queue waits, and somebody is told.
    private func halt(_ claim: FeedClaim, _ error: any Error, _ metadata: Logger.Metadata) async throws {
        let row = (error as? UnexpectedRowError)?.rowNumber
        var metadata = metadata
        if let row { metadata["herald.feed.row"] = "\(row)" }
        logger.error(
            "feed halted and its queue waits; see herald feeds show, then resume or cancel it",
            error: (error as? UnexpectedRowError)?.cause ?? error,
            metadata: metadata
        )
        let place = row.map { "Row \($0) could not be applied" } ?? "The feed could not be applied"
        try await store.halt(
            claim,
            row: row,
            reason: place
                + " because of an unexpected error, which the hub's log tells. An operator can resume the feed"
                + (row == nil ? " or cancel it." : ", give the row up, or cancel the feed.")
        )
    }

    private func finish(_ claim: FeedClaim, _ ending: FeedApplication<Store>.Ending) async throws {
        switch ending {
        case .interrupted:
            try await store.release(claim)
        case .complete(let rows):
            try await finish(claim, rows == 0 ? .emptyFile : .processed, rows, reason: nil)
        case .failed(let error, let rows):
            try await finish(claim, error.status, rows, reason: error.sentence)
        }
    }

    private func finish(_ claim: FeedClaim, _ status: FeedStatus, _ rows: Int64, reason: String?) async throws {
        try await store.finish(claim, status: status, totalRows: rows, reason: reason)
        metrics.finished(status)
    }

    /// Renews the lease beside the work; when it is lost, the work is cancelled.
    private func holding<Result: Sendable>(
        _ claim: FeedClaim,
        _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask { try await work() }
            group.addTask {
                while true {
                    try await Task.sleep(for: configuration.lease / 3)
                    guard try await store.renew(claim, lease: configuration.lease) else { throw FeedLost() }
                }
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }
}

/// Settings of the feed worker.
package struct FeedWorkerConfiguration: Sendable, Hashable {
    /// Feeds of different suppliers or vaccine types that are applied at the same time.
    package var feedsAtOnce = 2
    /// Rows in one transaction: 2,000 to 5,000 is the fast range.
    package var batchSize = 2500
    /// How long a feed is held without a sign of life.
    package var lease: Duration = .seconds(15)
    package var idlePause: Duration = .milliseconds(200)
    package var failurePause: Duration = .seconds(1)
    package var limits = FeedLimits()
    /// Events that may wait to be published or routed; above, feeds are kept and not applied (`delivery.md` §17).
    package var waitingLimit = 1_000_000
    /// How full the database's disk may be, from 0 to 1, before feeds are kept and not applied; nil for any.
    package var diskLimit: Double?
    /// How often to look at both.
    package var brakeInterval: Duration = .seconds(1)

    package init() {}
}
