package import Logging
import ServiceLifecycle
package import Subscriptions

/// Sends letters once more that were accepted and did not arrive: the same bytes under another local id (G-32, G-33).
package struct LetterResender<Store: LetterStore, Office: PostOffice>: Service {
    private let store: Store
    private let office: Office
    private let writers: [Subscription.Audience: any LetterWriter]
    private let pause: Duration
    private let logger: Logger

    /// A sender; it looks for letters once a pause.
    package init(
        store: Store,
        office: Office,
        writers: [Subscription.Audience: any LetterWriter],
        pause: Duration = .seconds(10),
        logger: Logger
    ) {
        self.store = store
        self.office = office
        self.writers = writers
        self.pause = pause
        self.logger = logger
    }

    /// Runs until shutdown is asked for.
    package func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                while !Task.isShuttingDownGracefully, let (letter, claim) = try await store.takeResend() {
                    try await resend(letter, claim)
                }
            } catch {
                if !(error is CancellationError) {
                    logger.warning("letters not sent again, trying later", error: error)
                }
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
    }

    private func resend(_ waiting: WaitingLetter, _ claim: LaneClaim) async throws {
        var letter = waiting.letter
        if waiting.attempts == 0, let writer = writers[claim.subscription.audience] {
            // The receiver may have another mailbox now.
            switch try await writer.redirect(letter, of: claim) {
            case .to(let mailbox):
                if mailbox != letter.recipient { try await store.redirect(letter: letter.localID, to: mailbox) }
                letter.recipient = mailbox
            case .wait(let state, let pause):
                return try await store.postponeResend(of: letter.localID, for: pause, because: state)
            }
        }
        let metadata: Logger.Metadata = ["herald.letter": "\(letter.localID)"]
        try await store.beginAttempt(ofLetter: letter.localID)
        let receipt: PostReceipt
        do throws(PostError) {
            receipt = try await office.post(letter, isRepeat: waiting.attempts > 0)
        } catch {
            logger.warning("letter not sent again", error: error, metadata: metadata)
            let delay = RetrySchedule.outage.delay(afterFailure: waiting.attempts + 1, jitter: 1)
            return try await store.postponeResend(of: letter.localID, for: delay, because: error.description)
        }
        try await store.markAccepted(letter: letter.localID, receipt)
        logger.info("letter sent again", metadata: metadata)
    }
}
