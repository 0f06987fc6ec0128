package import Events
package import Foundation
package import Kafka
package import Logging
import ServiceLifecycle

/// Publishes outbox rows to the topic: at least once, in order per record (`delivery.md` §13).
package struct EventRelay<Store: OutboxStore>: Service {
    private let store: Store
    private let configuration: KafkaConfiguration
    private let topic: EventTopic
    private let source: String
    private let owner: UUID
    private let lease: Duration
    private let logger: Logger
    /// How long a batch may wait for its reports once shutdown is asked for.
    private static var grace: Duration { .seconds(5) }

    /// - Parameters:
    ///   - store: Where the changes wait.
    ///   - configuration: The brokers.
    ///   - topic: Where they are published.
    ///   - source: The hub's public address: `ce_source`.
    ///   - owner: Names this relay in the shard leases; unique per process.
    ///   - lease: How long this relay may be silent before another takes its shards.
    ///   - logger: Where troubles go.
    package init(
        store: Store,
        configuration: KafkaConfiguration,
        topic: EventTopic,
        source: String,
        owner: UUID,
        lease: Duration = .seconds(15),
        logger: Logger
    ) {
        self.store = store
        self.configuration = configuration
        self.topic = topic
        self.source = source
        self.owner = owner
        self.lease = lease
        self.logger = logger
    }

    /// Runs until shutdown is asked for; the batch in hand is acknowledged and deleted first.
    package func run() async throws {
        var leases = ShardLeases(store: store, owner: owner, lease: lease, logger: logger)
        var failing = Backoff()
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                let producer = try KafkaProducer(configuration: configuration, logger: logger)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    // A send waits for its report for minutes when no broker answers; closing the producer answers it.
                    group.addTask {
                        try? await gracefulShutdown()  // throws when cancelled, which ends the producer as well
                        await producer.close(grace: Self.grace)
                    }
                    defer { group.cancelAll() }
                    try await publish(with: producer, &leases) { failing.reset() }
                }
            } catch {
                // A driver may report cancellation in its own words.
                try Task.checkCancellation()
                if Task.isShuttingDownGracefully { break }
                // A new producer after any failure: what the old one still held could otherwise overtake (D-82).
                logger.warning("events cannot be published, trying again", error: error)
                await pause(failing.next())
            }
        }
        try Task.checkCancellation()
        try await leases.release()
    }

    /// Publishes batches until shutdown is asked for; throws on the first message without an acknowledgement.
    private func publish(
        with producer: KafkaProducer,
        _ leases: inout ShardLeases<Store>,
        succeeded: () -> Void
    ) async throws {
        var idle = Backoff(first: .milliseconds(2), longest: .milliseconds(100))
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let waiting = try await store.waitingPublications(in: leases.held(), limit: topic.relayBatch)
            guard !waiting.isEmpty else {
                await pause(idle.next())
                continue
            }
            idle.reset()
            guard leases.isTrusted else { continue }
            let reports = await producer.send(
                waiting.map { EventMessage.encode($0, topic: topic.name, source: source) }
            )
            // Never delete behind a failed row: the prefix before the first failure is safe, the rest comes again (D-82).
            let acknowledged = zip(waiting, reports).prefix { (try? $1.get()) != nil }.map(\.0.outboxID)
            try await store.delete(outboxIDs: acknowledged)
            if !acknowledged.isEmpty { succeeded() }
            if acknowledged.count < reports.count { _ = try reports[acknowledged.count].get() }
        }
    }

    private func pause(_ duration: Duration) async {
        try? await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
    }
}
