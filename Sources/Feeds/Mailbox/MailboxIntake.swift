package import Foundation
package import Logging
import ServiceLifecycle

/// Empties a mailbox into the intake and sends acknowledgements back, as long as it holds the mailbox's lease.
///
/// Of all processes one does so at a time (M-20); the others wait to take over.
package struct MailboxIntake<Store: FeedStore & MailboxStore, Mailbox: FeedMailbox>: Service {
    private let store: Store
    private let mailbox: Mailbox
    private let configuration: MailboxConfiguration
    private let owner: UUID
    private let now: @Sendable () -> Date
    private let logger: Logger

    /// - Parameters:
    ///   - store: Where feeds, messages and letters are on file.
    ///   - mailbox: The mailbox.
    ///   - configuration: Workflow, intervals and limits.
    ///   - owner: Names this process in the lease.
    ///   - now: The time, for how long messages and letters have waited.
    ///   - logger: Gets the mailbox's name as metadata.
    package init(
        store: Store,
        mailbox: Mailbox,
        configuration: MailboxConfiguration,
        owner: UUID,
        now: @escaping @Sendable () -> Date = { Date() },
        logger: Logger
    ) {
        self.store = store
        self.mailbox = mailbox
        self.configuration = configuration
        self.owner = owner
        self.now = now
        var logger = logger
        logger[metadataKey: MailboxLogKey.mailbox] = "\(mailbox.name)"
        self.logger = logger
    }

    /// Runs until shutdown is asked for; the message and the letters in hand are finished first.
    package func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                if try await store.hold(mailbox.name, owner: owner, lease: configuration.lease) {
                    logger.info("mailbox is emptied by this process")
                    try await holding()
                    try await store.letGo(mailbox.name, owner: owner)
                }
            } catch is MailboxLost {
                logger.warning("mailbox taken over by another process")
            } catch {
                if !(error is CancellationError) { logger.warning("mailbox not reachable on file", error: error) }
            }
            await sleep(configuration.lease / 3)
        }
    }

    /// Empties and sends beside renewing the lease; when it is lost, both are cancelled.
    private func holding() async throws {
        let poller = MailboxPoller(
            store: store,
            mailbox: mailbox,
            configuration: configuration,
            now: now,
            logger: logger
        )
        let sender = LetterSender(
            store: store,
            mailbox: mailbox,
            configuration: configuration,
            now: now,
            logger: logger
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await withDiscardingTaskGroup { both in
                    both.addTask { await poller.run() }
                    both.addTask { await sender.run() }
                }
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: configuration.lease / 3)
                    guard try await store.hold(mailbox.name, owner: owner, lease: configuration.lease) else {
                        throw MailboxLost()
                    }
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}

/// Another process empties the mailbox now.
private struct MailboxLost: Error {}

/// Keys of log lines about mailboxes (M-26).
enum MailboxLogKey {
    static let mailbox = "herald.mailbox"
    static let message = "herald.mailbox.message"
    static let sender = "herald.mailbox.sender"
    static let workflow = "herald.mailbox.workflow"
    static let letter = "herald.mailbox.letter"
    static let feed = "herald.feed.id"
}

/// Waits, but not beyond a shutdown.
func sleep(_ duration: Duration) async {
    try? await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
}
