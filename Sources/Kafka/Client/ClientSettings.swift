/// The settings of one client: the driver's defaults, overridden by the caller's.
struct ClientSettings {
    /// Name and value in the order they are set; librdkafka checks each alone and all together when the client is made.
    let values: [(name: String, value: String)]

    private init(
        defaults: [String: String],
        fixed: [String: String],
        configuration: KafkaConfiguration
    ) throws(KafkaError) {
        for name in configuration.settings.keys.sorted() where Self.reserved.contains(name) {
            throw .invalidSetting(name, reason: "is set by the driver, or by a parameter of its own")
        }
        var merged = Self.common.merging(defaults) { _, special in special }
        merged.merge(configuration.settings) { _, own in own }
        merged.merge(fixed) { _, fixed in fixed }
        merged["bootstrap.servers"] = configuration.bootstrapServers
        merged["client.id"] = configuration.clientID
        values = merged.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }

    /// Idempotent, ordered, compressed; bounded memory.
    static func producer(_ configuration: KafkaConfiguration) throws(KafkaError) -> Self {
        try Self(
            defaults: [
                "enable.idempotence": "true",  // implies acks=all, at most 5 requests in flight, ordered retries
                "partitioner": "murmur2_random",  // what Java producers use; librdkafka's default differs
                "compression.type": "lz4",
                "linger.ms": "5",
                "queue.buffering.max.messages": "100000",
                "queue.buffering.max.kbytes": "262144",
            ],
            // Without success reports no send would ever be answered.
            fixed: ["delivery.report.only.error": "false"],
            configuration: configuration
        )
    }

    /// Positions are the caller's: nothing is committed, stored or reset behind its back.
    static func consumer(_ configuration: KafkaConfiguration, group: String?) throws(KafkaError) -> Self {
        try Self(
            defaults: [
                "auto.offset.reset": "error",
                "partition.assignment.strategy": "range",
                "allow.auto.create.topics": "false",
                // librdkafka 2.0 stops fetching for up to a second when the backlog is full (2.2 has
                // fetch.queue.backoff.ms), so a backlog has to last that long: 16 MiB end at some 15,000 records of
                // 1.5 KB a second, 64 MiB at 65,000, these above 100,000.
                "queued.min.messages": "200000",
                "queued.max.messages.kbytes": "131072",
            ],
            fixed: [
                "enable.auto.commit": "false",
                "enable.auto.offset.store": "false",
                // librdkafka wants a group even for a consumer that never joins one.
                "group.id": group ?? "\(configuration.clientID).unjoined",
            ],
            configuration: configuration
        )
    }

    /// Looking at a topic must not create it.
    static func admin(_ configuration: KafkaConfiguration) throws(KafkaError) -> Self {
        try Self(
            defaults: ["allow.auto.create.topics": "false"],
            fixed: [:],
            configuration: configuration
        )
    }

    /// librdkafka makes batches itself; holding its requests back for fuller packets only adds delay.
    private static let common = ["socket.nagle.disable": "true"]

    private static let reserved: Set<String> = [
        "bootstrap.servers", "metadata.broker.list", "client.id", "group.id", "enable.auto.commit",
        "enable.auto.offset.store", "delivery.report.only.error", "log.queue", "transactional.id",
    ]

    /// Whether a setting's value, or librdkafka's complaint about it, may hold a secret.
    static func isSecret(_ name: String) -> Bool {
        ["password", "secret", "pem", "key", "token", "credential", "sasl.oauthbearer.config", "jaas"]
            .contains { name.contains($0) }
    }
}
