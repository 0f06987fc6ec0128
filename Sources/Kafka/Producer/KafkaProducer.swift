import CRdkafka
import Dispatch
package import Logging
import Synchronization

/// Sends messages, in order and without doubles within its lifetime, and says where each was stored.
///
/// Nothing has to be run beside it: librdkafka's threads send, and its delivery reports wake a queue of the producer's
/// own. Messages of one key stay in the order in which they were handed over; that order also holds across retries,
/// because the producer is idempotent.
///
/// After a fatal error (see ``fatalError``) every send fails with an error whose ``KafkaError/isFatal`` is true. Close
/// the producer then and make a new one, which has a new identity: what was in flight may be doubled.
///
/// A task's cancellation does not take back a message that was handed over: the send goes on waiting for its report,
/// which comes within `message.timeout.ms` (five minutes unless set otherwise) or when the producer is closed.
package final class KafkaProducer: Sendable {
    private let ledger: Mutex<SendLedger<ProducerLink>>
    private let reports = DispatchQueue(label: "kafka.producer")
    private let logger: Logger

    /// Makes a producer, which connects by itself.
    ///
    /// - Parameters:
    ///   - configuration: The cluster.
    ///   - logger: Where librdkafka's log goes.
    /// - Throws: ``KafkaError/unknownSetting(_:)``, ``KafkaError/invalidSetting(_:reason:)``, or
    ///   ``KafkaError/failed(_:)`` for settings that do not go together. Unreachable brokers are not an error here.
    package init(configuration: KafkaConfiguration, logger: Logger) throws(KafkaError) {
        let conf = try ClientConfiguration(.producer(configuration))
        conf.enable(events: RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR)
        let tokens = configuration.bearerToken
        let client = try conf.makeClient(RD_KAFKA_PRODUCER, logger: logger, bearerToken: tokens)
        ledger = Mutex(SendLedger())
        self.logger = logger
        let link = ProducerLink(client: client) { [weak self] in
            // Under librdkafka's lock: ring, and let the producer's own queue look.
            self?.reports.async { [weak self] in self?.takeReports() }
        }
        ledger.withLock { $0.open(link) }
        // The bell rings only when the queue stops being empty: if it has rung by now, nobody was there to look.
        reports.async { [weak self] in self?.takeReports() }
    }

    /// The error that has made this producer useless, if there is one.
    package var fatalError: KafkaError? {
        ledger.withLock { $0.link }?.client.fatalFailure(.send).map(KafkaError.failed)
    }

    /// How many messages are waiting for their report, for metrics.
    package var outstandingCount: Int { ledger.withLock { $0.outstanding } }

    /// Sends one message.
    ///
    /// - Parameter message: What to send.
    /// - Returns: Where the broker stored it.
    /// - Throws: ``KafkaError/undelivered(_:persistence:)`` when it was not acknowledged, ``KafkaError/failed(_:)`` when
    ///   it was refused at once, ``KafkaError/closed`` after ``close(grace:)``.
    package func send(_ message: KafkaMessage) async throws(KafkaError) -> KafkaAcknowledgement {
        try await send([message])[0].get()
    }

    /// Sends messages in their order and waits for every report.
    ///
    /// When the local queue is full this waits until there is room and goes on. A message that fails does not keep the
    /// later ones from being sent: where order matters more, look at the first failure and treat what follows it as
    /// unknown.
    ///
    /// - Parameter batch: What to send.
    /// - Returns: For each message, at its place, where it was stored or why not.
    package func send(_ batch: [KafkaMessage]) async -> [Result<KafkaAcknowledgement, KafkaError>] {
        let pending = PendingBatch(count: batch.count)
        for (index, message) in batch.enumerated() {
            while case .queueFull = handOver(message, Delivery(of: pending, at: index)) {
                await room()
            }
        }
        return await pending.results()
    }

    /// Waits for what has been handed over, gives up on what is left after `grace`, and frees the connections.
    ///
    /// Every waiting send gets an answer: its report, or ``KafkaError/undelivered(_:persistence:)`` with
    /// ``KafkaErrorCode/purgedInQueue`` or ``KafkaErrorCode/purgedInFlight``. Sends from now on throw
    /// ``KafkaError/closed``. Closing twice is harmless.
    ///
    /// - Parameter grace: How long to wait for reports before giving up.
    package func close(grace: Duration) async {
        ledger.withLock { $0.close() }.forEach { $0.resume() }
        reports.asyncAfter(deadline: .now() + .milliseconds(Int(grace.milliseconds))) { [weak self] in
            self?.ledger.withLock { $0.link }?.purge()
        }
        await withCheckedContinuation { continuation in
            let isQuiet = ledger.withLock { $0.waitForQuiet(continuation) }
            if isQuiet { continuation.resume() }
        }
        // The last reference to the link goes here or with a drain that is running; freeing never blocks.
        ledger.withLock { $0.release() }
    }
}

extension KafkaProducer {
    private enum HandOver {
        case done, queueFull
    }

    /// Hands a message to librdkafka, or completes its delivery with the reason why not.
    private func handOver(_ message: KafkaMessage, _ delivery: Delivery) -> HandOver {
        // Counted before the call: the report may come before it returns.
        guard let link = ledger.withLock({ $0.admit() }) else {
            delivery.complete(.failure(.closed))
            return .done
        }
        let opaque = Unmanaged.passRetained(delivery)  // given back by the report
        guard let failure = link.client.produce(message, opaque: opaque.toOpaque()) else { return .done }
        opaque.release()  // no report will come
        ledger.withLock { $0.settle(1) }.forEach { $0.resume() }
        if failure.code == .queueFull { return .queueFull }
        delivery.complete(.failure(.failed(failure)))
        return .done
    }

    /// Waits until some message has been settled.
    private func room() async {
        await withCheckedContinuation { continuation in
            let isThere = ledger.withLock { $0.waitForRoom(continuation) }
            if isThere { continuation.resume() }
        }
    }

    /// Takes all that is in the queue; runs on `reports` only.
    private func takeReports() {
        guard let link = ledger.withLock({ $0.link }) else { return }
        while let event = link.queue.poll(.zero) {
            // Told that there is room only after the event is gone, which gives the messages' room back.
            let count = take(event, from: link)
            if count > 0 { ledger.withLock { $0.settle(count) }.forEach { $0.resume() } }
        }
    }

    /// Acts on an event and frees it.
    ///
    /// - Returns: How many messages it settled.
    private func take(_ event: consuming ClientEvent, from link: ProducerLink) -> Int {
        switch event.kind {
        case .deliveryReports:
            return link.client.answer(event)
        case .failure:
            let failure = event.failure(.send)
            logger.debug("Kafka client error", metadata: [LogKey.event: "\(failure)"])
            // Nothing in the queues can be sent any more: answer at once instead of at its time-out.
            if failure.isFatal { link.purge() }
            return 0
        default:
            return 0
        }
    }
}
