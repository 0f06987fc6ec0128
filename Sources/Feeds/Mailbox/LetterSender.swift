import Foundation
import Logging
import ServiceLifecycle

/// Sends the acknowledgement files that are due, each once as far as the mailbox can tell (M-10, M-11).
struct LetterSender<Store: FeedStore & MailboxStore, Mailbox: FeedMailbox>: Sendable {
    /// How often a server that fails on a letter is asked again (`mesh.md` §8).
    private static var faultsAllowed: Int { 5 }

    let store: Store
    let mailbox: Mailbox
    let configuration: MailboxConfiguration
    let now: @Sendable () -> Date
    let logger: Logger

    /// Runs until shutdown is asked for, or until it is cancelled; letters in hand are sent first.
    func run() async {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            var pause = configuration.letterInterval
            do {
                let letters = try await store.dueLetters(of: mailbox.name, limit: configuration.lettersAtOnce)
                try await withThrowingDiscardingTaskGroup { group in
                    for letter in letters { group.addTask { try await send(letter) } }
                }
                if !letters.isEmpty { continue }
            } catch {
                if !(error is CancellationError) { logger.warning("letters not filed, trying again", error: error) }
                pause = max(pause, .seconds(1))
            }
            await sleep(pause)
        }
    }

    private func send(_ letter: MailboxLetter) async throws {
        guard let feed = try await store.summary(of: letter.feed) else { return try await store.drop(letter.localID) }
        let content: AcknowledgementFile
        do throws(AcknowledgementMissing) {
            content = try AcknowledgementFiles(store: store).file(letter.kind, of: feed)
        } catch {
            switch error {
            case .noRows, .passedOn: try await store.drop(letter.localID)
            case .fileNotChecked, .rowsPending:
                try await store.postpone(letter.localID, for: .milliseconds(500), trouble: nil)
            case .cancelled:
                // Whoever takes the file up again gets its acknowledgement after all.
                try await store.postpone(letter.localID, for: .seconds(60), trouble: nil)
            }
            return
        }
        // On file before anything is sent: whatever happens now, the next attempt asks for its outcome first.
        try await store.beginAttempt(letter.localID)
        do {
            let receipt = try await mailbox.send(content, letter)
            try await store.markSent(letter.localID, receipt)
            var metadata = metadata(letter)
            if let id = receipt.messageID { metadata[MailboxLogKey.message] = "\(id)" }
            if receipt.duplicates > 0 { metadata["herald.mailbox.duplicates"] = "\(receipt.duplicates)" }
            logger.info("acknowledgement sent", metadata: metadata)
        } catch let error as MailboxError {
            try await file(error, letter)
        }
    }

    private func file(_ error: MailboxError, _ letter: MailboxLetter) async throws {
        let waited = letter.firstFailureAt.map { now().timeIntervalSince($0) } ?? 0
        let isOver = waited > configuration.letterBudget / .seconds(1)
        let failures = letter.attempts + 1
        switch error.kind {
        case .cancelled: return
        case .refused, .gone: break
        case .fault where failures >= Self.faultsAllowed: break
        case .away, .fault, .stopped, .notYet:
            guard !isOver else { break }
            let pause = max(configuration.pause(failures, error.kind == .stopped), error.retryAfter ?? .zero)
            logger.warning("acknowledgement not sent, trying again", error: error, metadata: metadata(letter))
            return try await store.postpone(letter.localID, for: pause, trouble: error.description)
        }
        logger.error("acknowledgement given up: an operator has to look", error: error, metadata: metadata(letter))
        try await store.park(letter.localID, trouble: error.description)
    }

    private func metadata(_ letter: MailboxLetter) -> Logger.Metadata {
        [MailboxLogKey.letter: "\(letter.localID)", MailboxLogKey.sender: "\(letter.recipient)"]
    }
}
