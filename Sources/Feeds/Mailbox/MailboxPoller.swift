import Foundation
import Logging
import ServiceLifecycle

/// Looks into a mailbox again and again, and takes what is in it in its order.
struct MailboxPoller<Store: FeedStore & MailboxStore, Mailbox: FeedMailbox>: Sendable {
    /// How often a message on which the server fails is tried before the others go on without it (`mesh.md` §8).
    private static var faultsAllowed: Int { 5 }

    let store: Store
    let mailbox: Mailbox
    let configuration: MailboxConfiguration
    let now: @Sendable () -> Date
    let logger: Logger

    /// Runs until shutdown is asked for, or until it is cancelled.
    func run() async {
        var failures = 0
        var faults: [String: Int] = [:]
        var nextHandshake = ContinuousClock.now
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let pause: Duration
            do {
                if ContinuousClock.now >= nextHandshake {
                    try await mailbox.handshake()
                    nextHandshake = .now + configuration.handshakeInterval
                }
                let left = try await empty(&faults)
                try await store.note(mailbox.name, trouble: nil, waiting: left)
                if failures > 0 { logger.info("mailbox can be used again") }
                failures = 0
                pause = configuration.pollInterval
            } catch let error as MailboxError where error.kind == .cancelled {
                pause = configuration.letterInterval
            } catch let error as MailboxError {
                failures += 1
                let isStopped = error.kind == .stopped
                pause = max(configuration.pause(failures, isStopped), error.retryAfter ?? .zero)
                if isStopped {
                    // Whoever mends it sees so at the handshake, before anything else is asked.
                    nextHandshake = .now
                    logger.error("mailbox stopped: an operator has to look", error: error)
                } else {
                    logger.warning("mailbox not reachable, trying again", error: error)
                }
                try? await store.note(mailbox.name, trouble: error.description, waiting: nil)
            } catch {
                failures += 1
                pause = .seconds(min(failures, 30))
                if !(error is CancellationError) { logger.warning("message not filed, trying again", error: error) }
            }
            await sleep(pause)
        }
    }

    /// Takes everything that is in the mailbox, page after page.
    ///
    /// - Parameter faults: How often the server failed on a message, by its id.
    /// - Returns: How many messages stay in it.
    /// - Throws: ``MailboxError`` where nothing more can be had now: what comes behind has to wait, for files are taken in
    ///   their order.
    private func empty(_ faults: inout [String: Int]) async throws -> Int {
        var left = 0
        var next: String?
        repeat {
            let page = try await mailbox.page(from: next)
            for id in page.messages {
                guard !Task.isShuttingDownGracefully else { return left }
                guard faults[id, default: 0] < Self.faultsAllowed else {
                    left += 1
                    continue
                }
                do {
                    if try await take(id) == .left { left += 1 }
                    faults[id] = nil
                } catch let error as MailboxError where error.kind == .fault || error.kind == .refused {
                    faults[id, default: 0] += error.kind == .refused ? Self.faultsAllowed : 1
                    guard faults[id, default: 0] >= Self.faultsAllowed else { throw error }
                    logger.error(
                        "message cannot be read: it stays in the mailbox, and is tried again after a restart",
                        error: error,
                        metadata: [MailboxLogKey.message: "\(id)"]
                    )
                } catch let error as MailboxError where error.kind == .gone || error.kind == .notYet {
                    logger.info("message passed over", error: error, metadata: [MailboxLogKey.message: "\(id)"])
                }
            }
            next = page.next
        } while next != nil
        return left
    }

    /// What became of a message.
    private enum Taken { case settled, left }

    /// Takes one message: what it holds is on file before it is acknowledged.
    private func take(_ id: String) async throws -> Taken {
        switch try await store.entry(of: id, in: mailbox.name) {
        case .settled:
            try await mailbox.acknowledge(id)
            return .settled
        case .left(let since, let sender, let workflow):
            let isExpired = now().timeIntervalSince(since) > configuration.patience / .seconds(1)
            var isWanted = false
            if workflow == configuration.workflow { isWanted = try await isKnown(sender) }
            if configuration.postWorkflows.contains(workflow) { isWanted = true }
            guard isExpired || isWanted else { return .left }
            return try await take(try await mailbox.open(id), isExpired: isExpired)
        case .arriving(let feed) where try await store.isComplete(feed):
            // The crash came between the content's last byte and saying so.
            let notice = try await mailbox.open(id).notice
            try await settle(notice, as: feed)
            return .settled
        case .arriving, nil:
            return try await take(try await mailbox.open(id), isExpired: false)
        }
    }

    private func isKnown(_ sender: String?) async throws -> Bool {
        guard let sender else { return false }
        return try await store.sender(behind: sender) != nil
    }

    private func take(_ message: MailboxMessage<Mailbox.Content>, isExpired: Bool) async throws -> Taken {
        let notice = message.notice
        switch notice.kind {
        case .report(let report):
            try await file(report, notice)
            return .settled
        case .unknown(let what):
            // Kept where it is: what it means for whoever sent it is not known (M-04).
            try await leave(notice, reason: what)
            return .left
        case .data:
            let problem: String
            if configuration.postWorkflows.contains(notice.workflow) { return try await keep(message) }
            if notice.workflow != configuration.workflow {
                problem = "its workflow is not taken here"
            } else if let mailbox = notice.sender, let sender = try await store.sender(behind: mailbox) {
                try await receive(message, from: sender)
                return .settled
            } else {
                problem = "nobody here stands behind the mailbox it comes from: herald mailbox allow says who does"
            }
            guard isExpired else {
                try await leave(notice, reason: problem)
                return .left
            }
            return try await quarantine(message, reason: problem)
        }
    }

    private func receive(_ message: MailboxMessage<Mailbox.Content>, from sender: FeedSender) async throws {
        let notice = message.notice
        let id = FeedID(UUID())
        let receiver = FeedReceiver(store: store)
        try await store.expect(notice, in: mailbox.name, as: id)
        let name = notice.fileName ?? notice.id
        do {
            if let boundary = multipartBoundary(of: notice.contentType) {
                let part = try await MultipartContent(message.content, boundary: boundary)
                try await receiver.receive(as: id, named: part.fileName ?? name, from: sender, part)
            } else {
                try await receiver.receive(as: id, named: name, from: sender, message.content)
            }
            logger.info("feed received", metadata: metadata(notice, id))
        } catch let refused as FeedRefused {
            // It is on file, and its sender gets a failed InfAck.
            logger.warning("feed refused", error: refused.error, metadata: metadata(notice, id))
        }
        try await settle(notice, as: id)
    }

    /// Keeps a message for whoever reads its workflow.
    private func keep(_ message: MailboxMessage<Mailbox.Content>) async throws -> Taken {
        guard let content = try await content(of: message) else {
            try await leave(message.notice, reason: "it is too large to be kept")
            return .left
        }
        try await store.keep(message.notice, in: mailbox.name, content: content)
        logger.info("message kept", metadata: metadata(message.notice, nil))
        try await mailbox.acknowledge(message.notice.id)
        return .settled
    }

    /// A message's content; nil where it is too large to be kept.
    private func content(of message: MailboxMessage<Mailbox.Content>) async throws -> [UInt8]? {
        var content: [UInt8] = []
        for try await piece in message.content {
            content += piece
            guard content.count <= configuration.quarantineBytes else { return nil }
        }
        return content
    }

    private func settle(_ notice: MailboxNotice, as feed: FeedID) async throws {
        let letters = notice.sender.map { MailboxLetter.all(of: feed, to: $0, workflow: notice.workflow) } ?? []
        try await store.settle(notice.id, in: mailbox.name, as: feed, letters: letters)
        try await mailbox.acknowledge(notice.id)
    }

    private func file(_ report: MailboxReport, _ notice: MailboxNotice) async throws {
        let letter = try await store.take(report, notice, in: mailbox.name)
        var metadata = metadata(notice, nil)
        metadata["herald.mailbox.report"] = "\(report.code) \(report.text)"
        if let letter {
            metadata[MailboxLogKey.letter] = "\(letter)"
            logger.error("message was not collected or not delivered", metadata: metadata)
        } else {
            logger.warning("report about a message that nobody here waits for", metadata: metadata)
        }
        try await mailbox.acknowledge(notice.id)
    }

    private func leave(_ notice: MailboxNotice, reason: String) async throws {
        try await store.leave(notice, in: mailbox.name, reason: reason)
        logger.error("message left in the mailbox: \(reason)", metadata: metadata(notice, nil))
    }

    private func quarantine(
        _ message: MailboxMessage<Mailbox.Content>,
        reason: String
    ) async throws -> Taken {
        guard let content = try await content(of: message) else {
            try await leave(message.notice, reason: reason + "; it is too large to be set aside")
            return .left
        }
        try await store.quarantine(message.notice, in: mailbox.name, reason: reason, content: content)
        logger.error("message set aside: \(reason)", metadata: metadata(message.notice, nil))
        try await mailbox.acknowledge(message.notice.id)
        return .settled
    }

    private func metadata(_ notice: MailboxNotice, _ feed: FeedID?) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            MailboxLogKey.message: "\(notice.id)", MailboxLogKey.workflow: "\(notice.workflow)",
        ]
        if let sender = notice.sender { metadata[MailboxLogKey.sender] = "\(sender)" }
        if let feed { metadata[MailboxLogKey.feed] = "\(feed)" }
        return metadata
    }
}
