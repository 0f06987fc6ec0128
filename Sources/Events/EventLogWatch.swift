package import Logging
import ServiceLifecycle

/// Looks after the log while a process runs: stops the process when the installation's log was changed under it, and raises
/// the alarm when events wait longer than a minute to be published (`delivery.md` §17).
package struct EventLogWatch<Register: EventLogRegister>: Service {
    private let register: Register
    private let topic: String?
    private let interval: Duration
    private let logger: Logger
    private static var longestWait: Duration { .seconds(60) }
    private static var alarmEvery: Duration { .seconds(300) }

    /// - Parameters:
    ///   - register: Where the installation's log is recorded.
    ///   - topic: The topic this process is set up for; nil for the embedded log.
    ///   - interval: How often to look.
    ///   - logger: Where the alarm goes.
    package init(register: Register, topic: String?, interval: Duration = .seconds(10), logger: Logger) {
        self.register = register
        self.topic = topic
        self.interval = interval
        self.logger = logger
    }

    /// Runs until shutdown is asked for.
    ///
    /// - Throws: ``EventLogMismatch``, which ends the process.
    package func run() async throws {
        var lastAlarm: ContinuousClock.Instant?
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                try await register.check(topic: topic)
                let waited = try await register.oldestWaiting()
                if let waited, waited > Self.longestWait {
                    if lastAlarm.map({ .now - $0 > Self.alarmEvery }) ?? true {
                        lastAlarm = .now
                        logger.error(
                            "events wait to be published; herald doctor says more",
                            metadata: ["herald.outbox.age.seconds": "\(waited.components.seconds)"]
                        )
                    }
                } else if lastAlarm != nil {
                    lastAlarm = nil
                    logger.info("events are published again without delay")
                }
            } catch let error as EventLogMismatch {
                throw error
            } catch {
                try Task.checkCancellation()
                logger.debug("event log not looked after, trying again", error: error)
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) }
        }
    }
}
