package import Events
package import Foundation
package import Kafka
package import Logging
import ServiceLifecycle

/// Publishes outbox rows to the topic: at least once, in order per record (`delivery.md` §13).
package struct EventRelay<Store: OutboxStore & EventLogRegister & LogPositionStore>: Service {
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
    ///
    /// - Throws: `EventLogMismatch` and ``EventTopicError``, which somebody has to mend.
    package func run() async throws {
        var work = RelayWork(leases: ShardLeases(store: store, owner: owner, lease: lease, logger: logger))
        var failing = Backoff()
        var isOpen = false
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                if !isOpen {
                    try await topic.open(
                        with: KafkaAdmin(configuration: configuration, logger: logger),
                        register: store
                    )
                    isOpen = true
                }
                try await withProducer { producer in
                    try await publish(with: producer, &work) { failing.reset() }
                }
            } catch let error as EventLogMismatch {
                throw error
            } catch let error as EventTopicError {
                throw error
            } catch {
                // A driver may report cancellation in its own words.
                try Task.checkCancellation()
                if Task.isShuttingDownGracefully { break }
                // The topic may be gone: it is made again, and routers report what it held as missing.
                isOpen = false
                // A new producer after any failure: what the old one still held could otherwise overtake (D-82).
                logger.warning("events cannot be published, trying again", error: error)
                await pause(failing.next())
            }
        }
        try Task.checkCancellation()
        try await work.leases.release()
    }

    private func withProducer(_ body: (KafkaProducer) async throws -> Void) async throws {
        let producer = try KafkaProducer(configuration: configuration, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            // A send waits for its report for minutes when no broker answers; closing the producer answers it.
            group.addTask {
                try? await gracefulShutdown()  // throws when cancelled, which ends the producer as well
                await producer.close(grace: Self.grace)
            }
            defer { group.cancelAll() }
            try await body(producer)
        }
    }

    /// Publishes batches until shutdown is asked for; throws on the first message without an acknowledgement.
    private func publish(
        with producer: KafkaProducer,
        _ work: inout RelayWork<Store>,
        succeeded: () -> Void
    ) async throws {
        work.begin(after: try await store.mendings())
        var idle = Backoff(first: .milliseconds(2), longest: .milliseconds(100))
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let waiting = try await store.waitingPublications(in: work.leases.held(), limit: topic.relayBatch)
            guard !waiting.isEmpty else {
                await pause(idle.next())
                continue
            }
            idle.reset()
            guard work.leases.isTrusted else { continue }
            let batch = work.next(of: waiting)
            let reports = try await send(batch, with: producer, &work)
            // Never delete behind a failed row: the prefix before the first failure is safe, the rest comes again (D-82).
            let acknowledged = zip(batch, reports).prefix { (try? $1.get()) != nil }.map(\.0.outboxID)
            let ends = work.ends(of: reports.prefix(acknowledged.count).compactMap { try? $0.get() })
            try await store.delete(
                published: acknowledged,
                to: topic.name,
                through: ends.published,
                mendings: work.mendings
            )
            for (partition, restart) in ends.restarts.sorted(by: { $0.key < $1.key })
            where try await holds(batch[restart.index].event, partition, at: restart.next - 1) {
                work.restarted([partition: ends.published[partition] ?? restart.next])
                try await report(LogGap(topic: topic.name, partition: partition, restart))
            }
            if !acknowledged.isEmpty { succeeded() }
            guard acknowledged.count < reports.count, case .failure(let error) = reports[acknowledged.count] else {
                continue
            }
            try await failed(batch[acknowledged.count], error, alone: batch.count == 1, &work)
        }
    }

    /// Sends a batch, and keeps the leases meanwhile: brokers may take minutes to answer.
    ///
    /// When the leases are lost nothing more is sent: what is still in the producer's queue could come after what the next
    /// holder publishes (D-84). When a gap of the log is mended the brokers are not waited for either: they may try for ever to
    /// go on where the lost log ended.
    private func send(
        _ batch: [OutboxPublication],
        with producer: KafkaProducer,
        _ work: inout RelayWork<Store>
    ) async throws -> [Result<KafkaAcknowledgement, KafkaError>] {
        let messages = batch.map { EventMessage.encode($0, topic: topic.name, source: source) }
        let interval = work.leases.renewalInterval
        return try await withThrowingTaskGroup(of: [Result<KafkaAcknowledgement, KafkaError>]?.self) { group in
            defer { group.cancelAll() }
            group.addTask { await producer.send(messages) }
            group.addTask {
                try? await Task.sleep(for: interval); return nil
            }
            while let result = try await group.next() {
                if let reports = result { return reports }
                if !(await mayGoOn(&work)) { await producer.close(grace: .zero) }
                group.addTask {
                    try? await Task.sleep(for: interval); return nil
                }
            }
            throw CancellationError()
        }
    }

    private func mayGoOn(_ work: inout RelayWork<Store>) async -> Bool {
        do {
            guard try await work.leases.extend() else { return false }
            return try await store.mendings() == work.mendings
        } catch {
            logger.debug("shards not renewed while a batch is under way", error: error)
            return work.leases.isTrusted
        }
    }

    /// A broker refuses a whole batch for one message in it: only one that is refused alone is set aside (D-86).
    private func failed(
        _ publication: OutboxPublication,
        _ error: KafkaError,
        alone: Bool,
        _ work: inout RelayWork<Store>
    ) async throws {
        guard error.isRefusal else { throw error }
        guard alone, work.suspect == publication.outboxID else {
            work.suspect = publication.outboxID
            throw error
        }
        work.suspect = nil
        let count = try await store.setAside(outboxID: publication.outboxID, reason: "\(error)")
        logger.error(
            "brokers refuse an event, it was set aside with those that follow it: herald events dead",
            error: error,
            metadata: ["herald.record.id": "\(publication.event.recordID)", "herald.changes": "\(count)"]
        )
        throw error
    }

    /// Whether the log holds the event where the broker says it has put it.
    ///
    /// For a message that it has already, sent again after a broken connection, a broker may name no offset or a wrong one; that
    /// must not be taken for a log that begins anew. A gap too many costs an operator a look, one too few loses events: where
    /// shutdown comes before an answer it is one.
    private func holds(_ event: VaccinationEvent, _ partition: Int32, at offset: Int64) async throws -> Bool {
        guard offset >= 0 else { return false }
        let place = KafkaPartition(topic: topic.name, number: partition)
        var failing = Backoff()
        while !Task.isShuttingDownGracefully {
            do {
                let probe = LogProbe(configuration: configuration, logger: logger)
                let record = try await probe.read(at: [place: offset])[place]
                return record.map { EventMessage.id(of: $0) == event.id } ?? false
            } catch {
                try Task.checkCancellation()
                logger.warning("the log's last message cannot be looked at, trying again", error: error)
                await pause(failing.next())
            }
        }
        return true
    }

    private func report(_ gap: LogGap) async throws {
        try await store.report(gap)
        logger.critical(
            "event log has lost what it had acknowledged: run herald replay --gaps",
            metadata: ["kafka.gap": "\(gap)"]
        )
    }

    private func pause(_ duration: Duration) async {
        try? await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
    }
}
