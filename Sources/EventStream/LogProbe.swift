import Kafka
import Logging

/// Looks for single messages, whatever brokers say about a log's ends.
struct LogProbe: Sendable {
    let configuration: KafkaConfiguration
    let logger: Logger
    /// How long a message that is there may take to come.
    var patience: Duration = .seconds(5)

    /// Reads at these offsets.
    ///
    /// - Returns: The partitions that hold theirs.
    func find(_ offsets: [KafkaPartition: Int64]) async throws -> Set<KafkaPartition> {
        let consumer = try KafkaConsumer(configuration: configuration, group: nil, logger: logger)
        let outcome: Result<Set<KafkaPartition>, any Error>
        do {
            outcome = .success(try await find(offsets, with: consumer))
        } catch {
            outcome = .failure(error)
        }
        await consumer.close()
        return try outcome.get()
    }

    private func find(
        _ offsets: [KafkaPartition: Int64],
        with consumer: KafkaConsumer
    ) async throws -> Set<KafkaPartition> {
        var missing = Set(offsets.keys)
        var found: Set<KafkaPartition> = []
        try await consumer.assign(offsets.map { KafkaPosition(partition: $0.key, offset: $0.value) })
        let deadline = ContinuousClock.now + patience
        while !missing.isEmpty, .now < deadline {
            try Task.checkCancellation()
            switch try await consumer.next(maximum: 100, timeout: .milliseconds(200)) {
            case .records(let records):
                for record in records where missing.remove(record.source) != nil {
                    if record.offset == offsets[record.source] { found.insert(record.source) }
                }
            case .positionLost(let partition, _): missing.remove(partition)
            case .assigned, .revoked: break
            }
        }
        return found
    }
}
