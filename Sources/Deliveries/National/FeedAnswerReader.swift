package import Logging
import Messages
import ServiceLifecycle

/// Reads what the consumer of a feed answers by mailbox (`nis-feed.md` §6).
package struct FeedAnswerReader: Service {
    /// What became of an answer that is none, or that nobody waits for: an operator has to look.
    package static let unknownOutcome = "unknown"

    private let inbox: any PostInbox
    private let answers: any FeedAnswers
    private let workflow: String
    private let pause: Duration
    private let logger: Logger

    /// - Parameters:
    ///   - inbox: Where messages are kept that came in.
    ///   - answers: Takes down what they say.
    ///   - workflow: The workflow of the answers.
    ///   - pause: Between two looks.
    ///   - logger: Says what follows.
    package init(
        inbox: any PostInbox,
        answers: any FeedAnswers,
        workflow: String,
        pause: Duration = .seconds(5),
        logger: Logger
    ) {
        self.inbox = inbox
        self.answers = answers
        self.workflow = workflow
        self.pause = pause
        self.logger = logger
    }

    /// Runs until shutdown is asked for.
    package func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                let letters = try await inbox.unsettled(workflows: [workflow], limit: 20)
                for letter in letters { try await take(letter) }
                if !letters.isEmpty { continue }
            } catch {
                if !(error is CancellationError) { logger.warning("answers to the feed not read", error: error) }
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
    }

    /// Taken down before it is settled: a crash in between takes it down once more, which changes nothing (M-13).
    private func take(_ letter: IncomingLetter) async throws {
        let metadata: Logger.Metadata = [
            "herald.mailbox.message": "\(letter.id)", "herald.mailbox.sender": "\(letter.sender ?? "")",
        ]
        var reaction: FeedReaction?
        do {
            let (base, answer) = try FeedAnswer.read(letter.body, named: letter.fileName ?? "")
            reaction = try await answers.take(answer, to: base, from: letter.sender ?? "")
        } catch let error as MessagesError {
            logger.error("answer to the feed cannot be read", error: error, metadata: metadata)
        }
        switch reaction {
        case .received, .ignored: break
        case .stopped: logger.error("feed stopped: a file was refused", metadata: metadata)
        case .failures(let count):
            guard count > 0 else { break }
            logger.error("rows of the feed failed", metadata: metadata.merging(["herald.rows": "\(count)"]) { $1 })
        case nil: logger.error("answer to the feed is about no file that was sent", metadata: metadata)
        }
        try await inbox.settle(letter, as: reaction?.outcome ?? Self.unknownOutcome)
    }
}

extension FeedReaction {
    /// In a word or two, for the message's file.
    fileprivate var outcome: String {
        switch self {
        case .received: "received"
        case .stopped(let cause): "stopped: \(cause.rawValue)"
        case .failures(let count): "\(count) failed rows"
        case .ignored: "known already"
        }
    }
}
