import CRdkafka
package import Logging

/// Reads partitions from positions that its caller keeps, alone or as a member of a group.
///
/// Nothing happens behind the caller's back: positions are neither committed nor reset, and a rebalance is an event of
/// ``next(maximum:timeout:)`` which the caller answers with ``assign(_:)`` or ``unassign()``.
///
/// Call ``next(maximum:timeout:)`` in a loop, with a timeout of at most some two seconds. In a group it has to be called
/// at least every `max.poll.interval.ms` (five minutes unless set otherwise), records or not: a member that lets more
/// time pass between two calls, because it worked on a batch for so long, is taken for dead, and its partitions go to
/// others. It learns of that by ``KafkaConsumerEvent/revoked(_:lost:)`` with `lost`. A rebalance of the whole group also
/// waits for the next call.
///
/// librdkafka's calls block, so the actor runs on a thread of its own, not on one of the cooperative pool; while a call
/// waits, others wait behind it.
package actor KafkaConsumer {
    private let executor = BlockingExecutor(label: "kafka.consumer")
    private let logger: Logger
    let isMember: Bool
    let door: ConsumerDoor
    var client: ClientHandle?
    var commits: CommitQueue?
    var rebalance = RebalanceStateMachine()
    private var held: Result<KafkaConsumerEvent, KafkaError>?

    /// How often a connection to a broker broke or failed so far.
    ///
    /// librdkafka connects again by itself; but what answers then may be another log, should the broker have lost its own.
    package private(set) var interruptions = 0

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Makes a consumer, which connects by itself.
    ///
    /// - Parameters:
    ///   - configuration: The cluster. Of the defaults `partition.assignment.strategy` is `range`, and what is fetched
    ///     ahead is limited to 128 MiB (`queued.max.messages.kbytes`); less memory means a lower highest rate.
    ///   - group: The group to join by ``subscribe(to:)``; nil for ``assign(_:)`` alone.
    ///   - logger: Where librdkafka's log goes.
    /// - Throws: ``KafkaError/unknownSetting(_:)``, ``KafkaError/invalidSetting(_:reason:)``, or
    ///   ``KafkaError/failed(_:)`` for settings that do not go together. Unreachable brokers are not an error here.
    package init(configuration: KafkaConfiguration, group: String?, logger: Logger) throws(KafkaError) {
        let conf = try ClientConfiguration(.consumer(configuration, group: group))
        conf.enable(
            events: RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR
                | RD_KAFKA_EVENT_OFFSET_COMMIT
        )
        let tokens = configuration.bearerToken
        let client = try conf.makeClient(RD_KAFKA_CONSUMER, logger: logger, bearerToken: tokens)
        // One queue for all, so that records, rebalances and errors come in one order.
        rd_kafka_poll_set_consumer(client.pointer)
        guard let queue = rd_kafka_queue_get_consumer(client.pointer) else {
            throw .failed(KafkaFailure(.createClient, code: .wrongState, detail: "the client has no consumer queue"))
        }
        door = ConsumerDoor(ClientQueue(adopting: queue, of: client))
        commits = CommitQueue(of: client)
        self.client = client
        self.logger = logger
        isMember = group != nil
    }

    /// Joins the group for these topics; assignments come as events.
    ///
    /// A topic that does not exist is reported by ``next(maximum:timeout:)`` as an error, and read once it exists.
    ///
    /// - Parameter topics: Names of topics, or regular expressions starting with `^`.
    /// - Throws: ``KafkaError/failed(_:)``, also for a consumer without a group.
    package func subscribe(to topics: [String]) throws(KafkaError) {
        guard isMember else {
            throw .failed(KafkaFailure(.subscribe, code: .wrongState, detail: "a consumer without a group assigns"))
        }
        let list = PartitionList(topics: topics)
        let client = try openClient()
        try client.check(rd_kafka_subscribe(client.pointer, list.pointer), .subscribe)
    }

    /// The next thing that happened.
    ///
    /// Records that came before a rebalance or an error are returned before it. Returns without records when `timeout`
    /// is over or the task is cancelled.
    ///
    /// - Parameters:
    ///   - maximum: The most records to return; fewer when no more are there yet.
    ///   - timeout: How long to wait for the first.
    /// - Returns: Records or a rebalance, which has to be answered before the next call.
    /// - Throws: ``KafkaError/rebalanceUnanswered``, ``KafkaError/closed``, or ``KafkaError/failed(_:)`` for what
    ///   librdkafka does not mend by itself, such as a missing topic or a refused authentication; reading goes on with
    ///   the next call unless ``KafkaError/isFatal``.
    package func next(maximum: Int, timeout: Duration) async throws(KafkaError) -> KafkaConsumerEvent {
        let door = door
        let result = await withTaskCancellationHandler {
            read(maximum: maximum, timeout: timeout)
        } onCancel: {
            door.wake()
        }
        return try result.get()
    }

    func openClient() throws(KafkaError) -> ClientHandle {
        guard let client else { throw .closed }
        return client
    }
}

extension KafkaConsumer {
    private func read(maximum: Int, timeout: Duration) -> Result<KafkaConsumerEvent, KafkaError> {
        guard let client, let queue = door.queue else { return .failure(.closed) }
        guard !rebalance.isUnanswered else { return .failure(.rebalanceUnanswered) }
        if let result = held.take() { return handOut(result) }
        var reader = RecordReader(owned: rebalance.owned)
        let deadline = ContinuousClock.now + timeout
        while reader.records.count < maximum {
            let wait = reader.records.isEmpty ? deadline - .now : .zero
            guard let event = queue.poll(wait) else {
                // A poll may also return early, for a wake-up that came too late for the call it was meant for.
                if !reader.records.isEmpty || Task.isCancelled || door.isClosing || .now >= deadline { break }
                continue
            }
            if case .record = event.kind {
                reader.read(event)
            } else if let result = interpret(event, of: client) {
                guard !reader.records.isEmpty else { return handOut(result) }
                held = result
                break
            }
        }
        return .success(.records(reader.records))
    }

    /// A rebalance waits for its answer from the moment the caller has it.
    private func handOut(_ result: Result<KafkaConsumerEvent, KafkaError>) -> Result<KafkaConsumerEvent, KafkaError> {
        if case .success(let event) = result { rebalance.handedOut(event) }
        return result
    }

    /// What an event that is not a record means to the caller; nil for nothing.
    private func interpret(
        _ event: borrowing ClientEvent,
        of client: ClientHandle
    ) -> Result<KafkaConsumerEvent, KafkaError>? {
        switch event.kind {
        case .rebalance where event.code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
            return .success(.assigned(event.partitions))
        case .rebalance:
            let isLost = rd_kafka_assignment_lost(client.pointer) != 0
            return .success(.revoked(event.partitions, lost: isLost))
        case .failure:
            return interpretFailure(event, of: client)
        case .record, .deliveryReports, .committed, .topicsCreated, .topicsDeleted, .settingsDescribed:
            return nil
        case .other(let name):
            logger.debug("Unexpected Kafka event", metadata: [LogKey.event: "\(name)"])
            return nil
        }
    }

    private func interpretFailure(
        _ event: borrowing ClientEvent,
        of client: ClientHandle
    ) -> Result<KafkaConsumerEvent, KafkaError>? {
        var failure = event.failure(.read)
        if failure.isFatal || failure.code == .fatal { failure = client.fatalFailure(.read) ?? failure }
        switch failure.code {
        case .autoOffsetReset:
            guard let partition = event.partition else { return .failure(.failed(failure)) }
            return .success(.positionLost(partition, .failed(failure)))
        case .transport, .allBrokersDown, .unresolvedHost, .timedOut, .partitionEnd, .maxPollExceeded:
            // librdkafka goes on by itself; after maxPollExceeded a revocation follows.
            if [.transport, .allBrokersDown, .timedOut].contains(failure.code) { interruptions += 1 }
            logger.debug("Kafka client error", metadata: [LogKey.event: "\(failure)"])
            return nil
        default:
            return .failure(.failed(failure))
        }
    }
}
