package import Events
package import Kafka
package import Logging
import ServiceLifecycle

/// The event log on Kafka: routers are a consumer group, positions are kept in PostgreSQL with the work (D-90, D-91).
package struct KafkaEventLog<Positions: LogPositionStore>: EventLog {
    private let positions: Positions
    private var configuration: KafkaConfiguration
    private let topic: EventTopic
    private let logger: Logger

    /// - Parameters:
    ///   - positions: Where the positions are kept.
    ///   - configuration: The brokers; its settings win over those made here.
    ///   - topic: What to read.
    ///   - lease: How long this reader may be silent before the group gives its partitions to others.
    ///   - logger: Where the log's troubles go.
    package init(
        positions: Positions,
        configuration: KafkaConfiguration,
        topic: EventTopic,
        lease: Duration = .seconds(15),
        logger: Logger
    ) {
        self.positions = positions
        var settings = [
            // Brokers refuse less than six seconds unless told otherwise.
            "session.timeout.ms": String(max(6000, Int64(lease / .milliseconds(1)))),
            "heartbeat.interval.ms": "1500",
            // What is fetched ahead, about two seconds of routing.
            "queued.max.messages.kbytes": "65536",
        ]
        settings.merge(configuration.settings) { $1 }
        self.configuration = configuration
        self.configuration.settings = settings
        self.topic = topic
        self.logger = logger
    }

    package func read(_ handle: @Sendable (EventSlice) async throws -> SliceOutcome) async throws {
        var failing = Backoff()
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                let consumer = try KafkaConsumer(configuration: configuration, group: topic.group, logger: logger)
                do {
                    try await consumer.subscribe(to: [topic.name])
                    try await read(from: consumer, handle) { failing.reset() }
                } catch {
                    await consumer.close()
                    throw error
                }
                await consumer.close()
                // Fenced: whoever took the partitions is given time, or two would take them from each other for ever.
                await pause(failing.next())
            } catch is CancellationError {
                throw CancellationError()
            } catch let error as LogGapError {
                // Going on would pass over events: an operator must publish the missing stretch again (D-91).
                logger.critical("event log has a gap", error: error)
                await pause(.seconds(30))
            } catch {
                // A driver may report cancellation in its own words.
                try Task.checkCancellation()
                logger.warning("event log cannot be read, trying again", error: error)
                await pause(failing.next())
            }
        }
    }

    /// Reads until shutdown is asked for or this reader is fenced.
    private func read(
        from consumer: KafkaConsumer,
        _ handle: @Sendable (EventSlice) async throws -> SliceOutcome,
        succeeded: () -> Void
    ) async throws {
        var epochs: [KafkaPartition: Int64] = [:]
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            // Well below a second, so that shutdown is noticed; the poll also keeps the member in its group.
            switch try await consumer.next(maximum: topic.sliceLimit, timeout: .milliseconds(200)) {
            case .records(let records):
                for (partition, records) in Dictionary(grouping: records, by: \.source).sorted(by: { $0.key < $1.key })
                {
                    guard let epoch = epochs[partition] else { continue }
                    let slice = Self.slice(of: records, partition: partition, epoch: epoch)
                    guard try await handle(slice) == .committed else {
                        // Another router owns the partition, or shutdown cut the slice short: start again from the database.
                        return
                    }
                    guard case .partition(_, _, _, _, let next) = slice.position else { continue }
                    await tell(consumer, KafkaPosition(partition: partition, offset: next))
                }
                if !records.isEmpty { succeeded() }
            case .assigned(let partitions):
                let claimed = try await claim(partitions)
                // Added to what is held: with a cooperative strategy the event names the new partitions only.
                for claimed in claimed { epochs[Self.partition(claimed, topic.name)] = claimed.epoch }
                try await consumer.assign(
                    claimed.map { KafkaPosition(partition: Self.partition($0, topic.name), offset: $0.nextOffset) }
                )
                logger.info("partitions assigned", metadata: ["kafka.partitions": "\(claimed.count)"])
            case .revoked(let partitions, _):
                for partition in partitions { epochs[partition] = nil }
                try await consumer.unassign()
            case .positionLost(let partition, _):
                throw LogGapError(partition: partition.number)
            }
        }
    }

    /// Tells the broker how far this member is: a hint for lag tools, so a failure changes nothing.
    ///
    /// The database row is what counts.
    private func tell(_ consumer: KafkaConsumer, _ position: KafkaPosition) async {
        do {
            try await consumer.commit([position], timeout: .seconds(1))
        } catch {
            logger.debug("position not committed", error: error)
        }
    }

    private func claim(_ partitions: [KafkaPartition]) async throws -> [ClaimedPartition] {
        guard !partitions.isEmpty else { return [] }
        return try await positions.claim(topic: topic.name, partitions: partitions.map(\.number), initial: 0)
    }

    private static func partition(_ claimed: ClaimedPartition, _ topic: String) -> KafkaPartition {
        KafkaPartition(topic: topic, number: claimed.partition)
    }

    private static func slice(of records: [KafkaRecord], partition: KafkaPartition, epoch: Int64) -> EventSlice {
        var events: [VaccinationEvent] = []
        var unreadable: [UnreadableMessage] = []
        for record in records {
            do {
                events.append(try EventMessage.decode(record))
            } catch {
                unreadable.append(
                    UnreadableMessage(
                        topic: record.topic,
                        partition: record.partition,
                        offset: record.offset,
                        key: record.key,
                        value: record.value,
                        reason: error.reason
                    )
                )
            }
        }
        let first = records.first?.offset ?? 0
        let next = (records.last?.offset ?? -1) + 1
        return EventSlice(
            events: events,
            unreadable: unreadable,
            position: .partition(
                topic: partition.topic,
                partition: partition.number,
                epoch: epoch,
                first: first,
                next: next
            )
        )
    }

    private func pause(_ duration: Duration) async {
        try? await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
    }
}

/// The log no longer holds the position the database has (D-91).
struct LogGapError: Error, CustomStringConvertible {
    let partition: Int32

    var description: String {
        "partition \(partition) does not hold the next position any more: it was trimmed, or the topic was made anew"
    }
}
