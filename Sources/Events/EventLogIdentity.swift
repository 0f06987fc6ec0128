/// Which event log an installation has: one at a time, the same for all its processes.
///
/// Two processes that disagree would write where the other does not read, so it is recorded in the database, and changed by
/// an operator only (`herald events switch`).
package enum EventLogIdentity: Sendable, Hashable {
    /// The outbox itself.
    case embedded
    /// A topic, with the number of its partitions, which may never change: a record's order holds within one only.
    case kafka(topic: String, partitions: Int)

    /// The topic, if there is one.
    package var topic: String? {
        switch self {
        case .embedded: nil
        case .kafka(let topic, _): topic
        }
    }
}

extension EventLogIdentity: CustomStringConvertible {
    package var description: String {
        switch self {
        case .embedded: "embedded"
        case .kafka(let topic, let partitions): "Kafka, topic \(topic) with \(partitions) partitions"
        }
    }
}

/// Where it is recorded which log the installation has.
package protocol EventLogRegister: Sendable {
    /// The recorded log; nil before the first start.
    func establishedLog() async throws -> EventLogIdentity?

    /// Records a log where none is recorded yet.
    ///
    /// - Returns: What is recorded now: this one, or the one that was there before.
    func establish(_ log: EventLogIdentity) async throws -> EventLogIdentity

    /// Since when the oldest change waits in the outbox; nil for none.
    func oldestWaiting() async throws -> Duration?
}

/// The process is set up for another log than the installation has.
package struct EventLogMismatch: Error, Hashable, CustomStringConvertible {
    /// What the installation has.
    package let recorded: EventLogIdentity
    /// The topic this process is set up for; nil for the embedded log.
    package let topic: String?
    /// How many partitions that topic has, where it was looked at.
    package let partitions: Int?

    package init(recorded: EventLogIdentity, topic: String?, partitions: Int? = nil) {
        self.recorded = recorded
        self.topic = topic
        self.partitions = partitions
    }

    package var description: String {
        if let topic, topic == recorded.topic, let partitions {
            return """
                this installation's event log is \(recorded), but the topic has \(partitions) partitions now: records' \
                events would lose their order. Make a topic of another name, set HERALD_KAFKA_TOPIC to it in all processes \
                and run herald events switch kafka
                """
        }
        let own = topic.map { "Kafka, topic \($0)" } ?? "embedded"
        return """
            this installation's event log is \(recorded), but this process is set up for \(own): set \
            HERALD_KAFKA_BOOTSTRAP_SERVERS and HERALD_KAFKA_TOPIC alike in all processes, or change the log of the \
            installation with herald events switch \(topic == nil ? "embedded" : "kafka")
            """
    }
}

extension EventLogRegister {
    /// Makes sure that the installation's log is this one, recording it at the first start.
    ///
    /// - Throws: ``EventLogMismatch``, also for the same topic with another number of partitions.
    package func require(_ log: EventLogIdentity) async throws {
        let recorded = try await establish(log)
        guard recorded == log else {
            var partitions: Int?
            if case .kafka(_, let count) = log { partitions = count }
            throw EventLogMismatch(recorded: recorded, topic: log.topic, partitions: partitions)
        }
    }

    /// Makes sure that no other log is recorded than the one on this topic, without recording anything.
    ///
    /// - Parameter topic: The topic; nil for the embedded log.
    /// - Throws: ``EventLogMismatch``.
    package func check(topic: String?) async throws {
        guard let recorded = try await establishedLog(), recorded.topic != topic else { return }
        throw EventLogMismatch(recorded: recorded, topic: topic)
    }
}
