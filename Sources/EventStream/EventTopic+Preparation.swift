package import Events
package import Kafka
package import Logging

/// The topic cannot carry the events as it is.
package struct EventTopicError: Error, CustomStringConvertible {
    /// What is wrong and what to do.
    package let description: String
}

extension EventTopic {
    /// Makes sure that the topic is there, creating it where it is missing, and that it is the installation's log.
    ///
    /// - Parameters:
    ///   - admin: A client of the brokers.
    ///   - register: Where the installation's log is recorded.
    /// - Returns: The topic's shape.
    /// - Throws: `KafkaError` when no broker answers, ``EventTopicError`` when the topic cannot be created,
    ///   `EventLogMismatch` when the installation has another log or the topic another number of partitions than before.
    @discardableResult
    package func open(
        with admin: KafkaAdmin,
        register: some EventLogRegister
    ) async throws -> KafkaTopicDescription {
        try await register.check(topic: name)
        let topic = try await find(with: admin)
        try await register.require(.kafka(topic: name, partitions: topic.partitions))
        return topic
    }

    /// The topic's shape; the topic is created where it is missing.
    package func find(with admin: KafkaAdmin) async throws -> KafkaTopicDescription {
        if let topic = try await admin.topicDescription(name), topic.partitions > 0 { return topic }
        do {
            // Another process may be faster; then the topic is as good.
            try await admin.createTopic(
                name,
                partitions: partitions,
                replication: replication ?? -1,
                settings: creationSettings
            )
        } catch {
            throw EventTopicError(description: Self.advice(error, topic: self))
        }
        // A broker that has not heard of the new topic yet knows it a moment later.
        for _ in 0..<50 {
            if let topic = try await admin.topicDescription(name), topic.partitions > 0 { return topic }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw EventTopicError(
            description: "the topic \(name) was created, but the brokers do not show it: look at their logs"
        )
    }

    private var creationSettings: [String: String] {
        var settings = [
            "retention.ms": String(retention.components.seconds * 1000), "cleanup.policy": "delete",
            "max.message.bytes": "1048588", "unclean.leader.election.enable": "false",
        ]
        // Two copies before a message is acknowledged, where there are three: one broker may fail.
        if let replication, replication >= 3 { settings["min.insync.replicas"] = "2" }
        return settings
    }

    private static func advice(_ error: KafkaError, topic: EventTopic) -> String {
        let byHand = """
            kafka-topics.sh --create --topic \(topic.name) --partitions \(topic.partitions) \
            --config retention.ms=\(topic.retention.components.seconds * 1000) --config max.message.bytes=1048588
            """
        let advice =
            switch error.code {
            case .invalidReplicationFactor: "set HERALD_KAFKA_REPLICATION to the number of brokers at most"
            case .topicAuthorizationFailed, .clusterAuthorizationFailed:
                "allow this client to create it, or create it yourself: \(byHand)"
            default: "create it yourself: \(byHand)"
            }
        return "the topic \(topic.name) cannot be created (\(error)); \(advice)"
    }

    /// What is wrong with the topic's settings; nothing where the brokers do not tell them.
    ///
    /// - Throws: `KafkaError` when no broker answers.
    package func findings(with admin: KafkaAdmin) async throws -> [TopicFinding] {
        guard let topic = try await admin.topicDescription(name) else { return [] }
        do {
            return Self.findings(topic, settings: try await admin.topicSettings(name, timeout: .seconds(2)))
        } catch {
            return [
                TopicFinding(
                    isFatal: false,
                    text: "the settings of topic \(name) cannot be checked (\(error)); allow DescribeConfigs on it"
                )
            ]
        }
    }

    /// Logs what could be better, and refuses a topic that would lose events or hold them up.
    ///
    /// - Throws: ``EventTopicError``, and `KafkaError` when no broker answers.
    package func check(with admin: KafkaAdmin, logger: Logger) async throws {
        let findings = try await findings(with: admin)
        let fatal = findings.filter(\.isFatal)
        guard fatal.isEmpty else { throw EventTopicError(description: fatal.map(\.text).joined(separator: "; ")) }
        for finding in findings { logger.warning("event topic", metadata: ["kafka.finding": "\(finding.text)"]) }
    }
}

/// Something about a topic's settings that an operator should know.
package struct TopicFinding: Sendable, Hashable {
    /// Whether events would be lost or held up, so that Herald does not start.
    package var isFatal: Bool
    /// What is wrong and what to do.
    package var text: String

    package init(isFatal: Bool, text: String) {
        self.isFatal = isFatal
        self.text = text
    }
}

extension EventTopic {
    /// Compares a topic with what the events need (`delivery.md` §14).
    package static func findings(_ topic: KafkaTopicDescription, settings: [String: String]) -> [TopicFinding] {
        var findings: [TopicFinding] = []
        func find(_ isFatal: Bool, _ problem: String, _ setting: String) {
            let command =
                "kafka-configs.sh --alter --entity-type topics --entity-name \(topic.name) --add-config \(setting)"
            findings.append(TopicFinding(isFatal: isFatal, text: "topic \(topic.name) \(problem): \(command)"))
        }
        func number(_ name: String) -> Int? { settings[name].flatMap { Int($0) } }
        if settings["cleanup.policy"]?.contains("compact") == true {
            find(true, "is compacted, so that versions would vanish", "cleanup.policy=delete")
        }
        if let bytes = number("max.message.bytes"), bytes < EventMessage.largestMessage {
            find(
                true,
                "takes messages up to \(bytes) bytes, events may have \(EventMessage.largestMessage)",
                "max.message.bytes=1048588"
            )
        }
        if let time = number("retention.ms"), (0..<604_800_000).contains(time) {
            find(
                false,
                "keeps messages for less than 7 days, which is how long routers may be away",
                "retention.ms=604800000"
            )
        }
        if let bytes = number("retention.bytes"), bytes >= 0 {
            find(false, "removes messages by size, read or not", "retention.bytes=-1")
        }
        if settings["unclean.leader.election.enable"] == "true" {
            find(false, "may lose acknowledged events when a broker fails", "unclean.leader.election.enable=false")
        }
        if topic.replication >= 3, let copies = number("min.insync.replicas"), copies < 2 {
            find(false, "acknowledges with one copy written", "min.insync.replicas=2")
        }
        if let copies = number("min.insync.replicas"), copies > topic.replication {
            find(
                true,
                "wants \(copies) copies in step and has \(topic.replication), so that it takes no message",
                "min.insync.replicas=\(topic.replication)"
            )
        }
        return findings
    }
}
