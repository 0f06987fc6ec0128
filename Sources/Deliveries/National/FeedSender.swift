import Foundation
import Logging
import ServiceLifecycle
import Subscriptions

/// Sends the files of runs that wait, in their order, until there are none or one is not accepted (N-21).
struct FeedSender<Store: FeedRunStore>: Sendable {
    let store: Store
    let claim: LaneClaim
    /// Nil in a process that has no MESH.
    let carrier: (any FeedCarrier)?
    let feed: FeedSettings
    let folder: String
    let environment: CourierEnvironment
    let logger: Logger

    func run() async throws {
        while !Task.isShuttingDownGracefully, let message = try await store.nextMessage(of: claim) {
            try Task.checkCancellation()
            guard try await send(message) else { return }
        }
    }

    /// - Returns: Whether it was accepted.
    private func send(_ message: FeedMessage) async throws -> Bool {
        let files = FeedRunFiles(
            store: store,
            claim: claim,
            run: message.run,
            feed: feed,
            folder: folder,
            keepHold: { try Task.checkCancellation() }
        )
        do {
            try await files.restore(message)
        } catch let changed as RunChanged {
            logger.error("feed stopped", metadata: ["herald.run": "\(message.run.sequence)"])
            try await store.postpone(message, of: claim, for: .zero, trouble: changed.description, stop: .defect)
            return false
        }
        guard let mailbox = claim.subscription.mailbox else {
            // It lies where its consumer looks for it.
            try await store.accept(message, of: claim, FeedReceipt())
            return true
        }
        try await store.beginAttempt(message, of: claim)
        let clock = ContinuousClock.now
        do {
            guard let carrier else {
                throw FeedCarrierError(
                    .stopped,
                    "runs go to \(mailbox), but HERALD_MESH_URL is not set in this process"
                )
            }
            let receipt = try await carrier.carry(message, file: "\(folder)/\(message.name)", to: mailbox)
            let isLast = try await store.accept(message, of: claim, receipt)
            DeliveryMetrics.attempted(.mesh, "accepted", in: .now - clock)
            if isLast { logger.info("feed run accepted", metadata: ["herald.run": "\(message.run.sequence)"]) }
            return true
        } catch let error as FeedCarrierError {
            DeliveryMetrics.attempted(.mesh, "failed", in: .now - clock)
            try await file(error, message)
            return false
        }
    }

    private func file(_ error: FeedCarrierError, _ message: FeedMessage) async throws {
        guard error.kind != .cancelled else { throw CancellationError() }
        let metadata: Logger.Metadata = ["herald.mailbox.letter": "\(message.localID)"]
        let schedule: RetrySchedule = error.kind == .stopped ? .refusal : .outage
        let delay = schedule.delay(afterFailure: message.failures + 1, jitter: environment.jitter())
        let isOver = error.kind == .refused
        if isOver {
            logger.error("feed stopped: MESH does not take a file", error: error, metadata: metadata)
        } else {
            logger.warning("file of the feed not sent, trying again", error: error, metadata: metadata)
        }
        try await store.postpone(
            message,
            of: claim,
            for: max(delay, error.retryAfter ?? .zero),
            trouble: error.description,
            stop: isOver ? .defect : nil
        )
    }
}
