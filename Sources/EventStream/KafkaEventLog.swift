package import Events
package import Kafka
package import Logging
import ServiceLifecycle

/// The event log on Kafka: routers are a consumer group, positions are kept in PostgreSQL with the work (D-90, D-91).
package struct KafkaEventLog<Store: LogPositionStore & EventLogRegister>: EventLog {
    let store: Store
    let configuration: KafkaConfiguration
    let topic: EventTopic
    let logger: Logger

    /// - Parameters:
    ///   - store: Where the positions are kept.
    ///   - configuration: The brokers; its settings win over those made here.
    ///   - topic: What to read.
    ///   - lease: How long this reader may be silent before the group gives its partitions to others.
    ///   - logger: Where the log's troubles go.
    package init(
        store: Store,
        configuration: KafkaConfiguration,
        topic: EventTopic,
        lease: Duration = .seconds(15),
        logger: Logger
    ) {
        self.store = store
        var settings = [
            // Brokers refuse less than six seconds unless told otherwise.
            "session.timeout.ms": String(max(6000, Int64(lease / .milliseconds(1)))),
            "heartbeat.interval.ms": "1500",
            // What is fetched ahead, about two seconds of routing.
            "queued.max.messages.kbytes": "65536",
        ]
        settings.merge(configuration.settings) { $1 }
        var configuration = configuration
        configuration.settings = settings
        self.configuration = configuration
        self.topic = topic
        self.logger = logger
    }

    package func read(_ handle: @Sendable (EventSlice) async throws -> SliceOutcome) async throws {
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
                try await readAsMember(handle) { failing.reset() }
                // Fenced: whoever took the partitions is given time, or two would take them from each other for ever.
                await pause(failing.next())
            } catch is CancellationError {
                throw CancellationError()
            } catch let error as EventLogMismatch {
                throw error
            } catch let error as EventTopicError {
                throw error
            } catch {
                // A driver may report cancellation in its own words.
                try Task.checkCancellation()
                // The topic may be gone: it is made again, and what it held is reported as missing.
                isOpen = false
                logger.warning("event log cannot be read, trying again", error: error)
                await pause(failing.next())
            }
        }
    }

    /// Reads until shutdown is asked for, or until it is better to start again from the database.
    private func readAsMember(
        _ handle: @Sendable (EventSlice) async throws -> SliceOutcome,
        succeeded: () -> Void
    ) async throws {
        let consumer = try KafkaConsumer(configuration: configuration, group: topic.group, logger: logger)
        do {
            try await consumer.subscribe(to: [topic.name])
            var member = KafkaLogMember(log: self, consumer: consumer)
            try await member.read(handle, succeeded: succeeded)
        } catch {
            await consumer.close()
            throw error
        }
        await consumer.close()
    }

    private func pause(_ duration: Duration) async {
        try? await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
    }
}
