import Events
import Foundation
import Kafka
import Logging
import ServiceLifecycle

/// One membership in the routers' group, from joining to leaving: which partitions are read, and from where.
struct KafkaLogMember<Store: LogPositionStore & EventLogRegister> {
    private let log: KafkaEventLog<Store>
    private let consumer: KafkaConsumer
    private var reading: [KafkaPartition: PartitionReading] = [:]
    /// Partitions of this member that wait for an operator.
    private var stopped: Set<Int32> = []
    private var lookAtGaps = ContinuousClock.now
    private var interruptions = 0
    /// How far the broker has not been told yet, and from when on it is.
    private var untold: [KafkaPartition: Int64] = [:]
    private var tellAt = ContinuousClock.now

    init(log: KafkaEventLog<Store>, consumer: KafkaConsumer) {
        self.log = log
        self.consumer = consumer
    }

    /// Reads until shutdown is asked for, or until it is better to start again from the database: fenced, a gap mended.
    mutating func read(
        _ handle: @Sendable (EventSlice) async throws -> SliceOutcome,
        succeeded: () -> Void
    ) async throws {
        try await follow(handle, succeeded: succeeded)
        await tell(atOnce: true)
    }

    private mutating func follow(
        _ handle: @Sendable (EventSlice) async throws -> SliceOutcome,
        succeeded: () -> Void
    ) async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            if await gapsChanged() { return }
            // Well below a second, so that shutdown is noticed; the poll also keeps the member in its group.
            let event = try await consumer.next(maximum: log.topic.sliceLimit, timeout: .milliseconds(200))
            switch event {
            case .records(let records):
                // Only here: what has to be answered first forbids to seek, and ends in positions to start at anyway.
                if try await wasInterrupted() { continue }
                guard try await route(records, handle) else { return }
                if !records.isEmpty { succeeded() }
                await tell()
            case .assigned(let partitions):
                try await start(partitions)
            case .revoked(let partitions, let isLost):
                if !isLost { await tell(atOnce: true) }
                for partition in partitions {
                    reading[partition] = nil
                    untold[partition] = nil
                    stopped.remove(partition.number)
                }
                try await consumer.unassign()
            case .positionLost(let partition, _):
                guard try await lost(partition) else { return }
            }
        }
    }

    // MARK: Records

    /// Hands the records on, a slice a partition.
    ///
    /// - Returns: Whether to go on; false when another router owns a partition, or shutdown cut a slice short.
    private mutating func route(
        _ records: [KafkaRecord],
        _ handle: @Sendable (EventSlice) async throws -> SliceOutcome
    ) async throws -> Bool {
        for (partition, records) in Dictionary(grouping: records, by: \.source).sorted(by: { $0.key < $1.key }) {
            guard var own = reading[partition] else { continue }
            guard let fresh = own.accept(records) else {
                try await replaced(partition, own)
                continue
            }
            reading[partition] = own
            guard let last = fresh.last else { continue }
            let slice = EventSlice(fresh, after: own)
            guard try await handle(slice) == .committed else { return false }
            own.moved(to: last.offset + 1, mark: slice.position.mark)
            reading[partition] = own
            untold[partition] = own.next
        }
        return true
    }

    /// Tells the broker how far this member is: a hint for lag tools, so a failure changes nothing.
    ///
    /// The database row is what counts. Once a second, and less often where no answer comes: a broker that has lost the
    /// group's coordinator would hold up each slice by as long as an answer is waited for.
    private mutating func tell(atOnce: Bool = false) async {
        guard !untold.isEmpty, atOnce || .now >= tellAt else { return }
        let positions = untold.map { KafkaPosition(partition: $0.key, offset: $0.value) }
        untold = [:]
        do {
            try await consumer.commit(positions, timeout: .seconds(1))
            tellAt = .now + .seconds(1)
        } catch {
            log.logger.debug("position not committed", error: error)
            tellAt = .now + .seconds(15)
        }
    }

    // MARK: Positions

    /// Takes partitions over where the database says, except those that the log no longer holds.
    private mutating func start(_ partitions: [KafkaPartition]) async throws {
        if partitions.isEmpty, reading.isEmpty { try await requireTopic() }
        let claimed = try await log.store.claim(
            topic: log.topic.name,
            partitions: partitions.map(\.number),
            initial: 0
        )
        stopped.formUnion(claimed.filter(\.isStopped).map(\.partition))
        var positions: [KafkaPosition] = []
        for (partition, start) in try await inspect(claimed.filter { !$0.isStopped }) {
            switch start {
            case .gap(let gap): try await stop(gap)
            case .read(let own):
                reading[partition] = own
                positions.append(KafkaPosition(partition: partition, offset: own.start))
            }
        }
        // Added to what is held: with a cooperative strategy the event names the new partitions only.
        try await consumer.assign(positions)
        log.logger.info(
            "partitions assigned",
            metadata: ["kafka.partitions": "\(positions.count)", "kafka.stopped": "\(stopped.count)"]
        )
    }

    /// A member without partitions may be one too many, or the topic may be gone, of which a group says nothing.
    private func requireTopic() async throws {
        let admin = try KafkaAdmin(configuration: log.configuration, logger: log.logger)
        guard try await admin.topicDescription(log.topic.name) == nil else { return }
        throw MissingTopicError(topic: log.topic.name)
    }

    /// Compares positions with what the log holds.
    ///
    /// A broker that has just become the leader may name an earlier end than it has, and some name a wrong one always: a log
    /// is not called shorter than it was before its last message has been looked for.
    private func inspect(_ claimed: [ClaimedPartition]) async throws -> [KafkaPartition: PartitionReading.Start] {
        var starts: [KafkaPartition: PartitionReading.Start] = [:]
        var doubtful: [KafkaPartition: ClaimedPartition] = [:]
        for claimed in claimed {
            let partition = KafkaPartition(topic: log.topic.name, number: claimed.partition)
            let ends = try await consumer.watermarks(of: partition)
            let start = PartitionReading.start(claimed, topic: partition.topic, low: ends.low, high: ends.high)
            starts[partition] = start
            if case .gap(let gap) = start, gap.reason == .truncated { doubtful[partition] = claimed }
        }
        guard !doubtful.isEmpty else { return starts }
        let probe = LogProbe(configuration: log.configuration, logger: log.logger)
        for partition in try await probe.read(at: doubtful.mapValues(\.lastKnownOffset)).keys {
            guard let claimed = doubtful[partition] else { continue }
            let high = claimed.lastKnownOffset + 1
            starts[partition] = PartitionReading.start(claimed, topic: partition.topic, low: 0, high: high)
        }
        return starts
    }

    /// The partition's position is not in its log, as the broker says.
    ///
    /// - Returns: Whether to go on; false to look again from the start.
    private mutating func lost(_ partition: KafkaPartition) async throws -> Bool {
        guard let own = reading[partition] else { return true }
        let claimed = ClaimedPartition(partition: partition.number, epoch: own.epoch, nextOffset: own.next)
        guard case .gap(let gap) = try await inspect([claimed])[partition] else { return false }
        try await stop(gap)
        return true
    }

    private mutating func replaced(_ partition: KafkaPartition, _ own: PartitionReading) async throws {
        let ends = try await consumer.watermarks(of: partition)
        let gap = LogGap(
            topic: partition.topic,
            partition: partition.number,
            reason: .replaced,
            nextOffset: own.next,
            low: ends.low,
            high: ends.high,
            resumeAt: ends.low
        )
        try await stop(gap)
    }

    /// Going on would pass over events: an operator must publish the missing stretch again (D-91).
    private mutating func stop(_ gap: LogGap) async throws {
        let partition = KafkaPartition(topic: gap.topic, number: gap.partition)
        if reading.removeValue(forKey: partition) != nil { try? await consumer.pause([partition]) }
        stopped.insert(gap.partition)
        try await log.store.report(gap)
        log.logger.critical(
            "event log has a gap, the partition is not read: run herald replay --gaps",
            metadata: ["kafka.gap": "\(gap)"]
        )
    }

    /// Whether another partition has to be read, or not read, than is now: looked at every few seconds.
    ///
    /// A database that is away is no reason to leave the group: each slice waits for it by itself.
    private mutating func gapsChanged() async -> Bool {
        guard ContinuousClock.now >= lookAtGaps else { return false }
        lookAtGaps = .now + .seconds(3)
        do {
            let open = try await log.store.stoppedPartitions(topic: log.topic.name)
            return !stopped.isSubset(of: open) || reading.keys.contains { open.contains($0.number) }
        } catch {
            log.logger.debug("gaps not looked at", error: error)
            return false
        }
    }

    /// Reads from the last known message again after a broken connection, whose other end may be another log now.
    ///
    /// - Returns: Whether there was one: what was fetched with it is fetched again.
    private mutating func wasInterrupted() async throws -> Bool {
        let count = await consumer.interruptions
        guard count != interruptions else { return false }
        interruptions = count
        for partition in reading.keys { reading[partition]?.doubt() }
        let positions = reading.map { KafkaPosition(partition: $0.key, offset: $0.value.start) }
        if !positions.isEmpty { try await consumer.seek(positions) }
        return true
    }
}

/// The topic is not there any more.
private struct MissingTopicError: Error, CustomStringConvertible {
    let topic: String

    var description: String { "the topic \(topic) is gone" }
}

extension EventSlice {
    /// The events of messages that follow a position.
    init(_ records: [KafkaRecord], after own: PartitionReading) {
        var events: [VaccinationEvent] = []
        var messages: [LogMessage] = []
        var unreadable: [UnreadableMessage] = []
        for record in records {
            do {
                events.append(try EventMessage.decode(record))
                messages.append(LogMessage(record))
            } catch {
                unreadable.append(UnreadableMessage(LogMessage(record), reason: error.reason))
            }
        }
        let last = records.last.map { LogMessage($0) }
        self.init(
            events: events,
            messages: messages,
            unreadable: unreadable,
            position: .partition(
                topic: last?.topic ?? "",
                partition: last?.partition ?? 0,
                epoch: own.epoch,
                first: records.first?.offset ?? own.next,
                next: (last?.offset ?? own.next - 1) + 1,
                mark: last?.mark
            )
        )
    }
}

extension ClaimedPartition {
    /// The last message that was read or acknowledged.
    fileprivate var lastKnownOffset: Int64 { max(nextOffset, publishedThrough) - 1 }
}

extension LogPosition {
    fileprivate var mark: UUID? {
        guard case .partition(_, _, _, _, _, let mark) = self else { return nil }
        return mark
    }
}
