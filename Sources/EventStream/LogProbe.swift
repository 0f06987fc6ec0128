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
    /// - Returns: What is there, without the partitions that do not hold theirs.
    /// - Throws: ``SilentLogError`` and what the client says, where brokers do not answer: what is slow to come is not
    ///   missing, and a partition that is taken for lost waits for an operator.
    func read(at offsets: [KafkaPartition: Int64]) async throws -> [KafkaPartition: KafkaRecord] {
        let consumer = try KafkaConsumer(configuration: configuration, group: nil, logger: logger)
        let outcome: Result<[KafkaPartition: KafkaRecord], any Error>
        do {
            outcome = .success(try await read(at: offsets, with: consumer))
        } catch {
            outcome = .failure(error)
        }
        await consumer.close()
        return try outcome.get()
    }

    private func read(
        at offsets: [KafkaPartition: Int64],
        with consumer: KafkaConsumer
    ) async throws -> [KafkaPartition: KafkaRecord] {
        var missing = Set(offsets.keys)
        var found: [KafkaPartition: KafkaRecord] = [:]
        try await consumer.assign(offsets.map { KafkaPosition(partition: $0.key, offset: $0.value) })
        let deadline = ContinuousClock.now + patience
        while !missing.isEmpty, .now < deadline {
            try Task.checkCancellation()
            switch try await consumer.next(maximum: 100, timeout: .milliseconds(200)) {
            case .records(let records):
                for record in records where missing.remove(record.source) != nil {
                    if record.offset == offsets[record.source] { found[record.source] = record }
                }
            case .positionLost(let partition, _): missing.remove(partition)
            case .assigned, .revoked: break
            }
        }
        // What has neither come nor been called lost is at the log's end, or nobody has answered. A fetch that was answered
        // has left the log's end behind, and the question shows that there are answers still.
        for partition in missing {
            guard try await consumer.lastKnownEnd(of: partition) != nil else {
                throw SilentLogError(partition: partition)
            }
            _ = try await consumer.watermarks(of: partition)
        }
        return found
    }
}

/// Brokers do not say what a partition holds.
struct SilentLogError: Error, CustomStringConvertible {
    let partition: KafkaPartition

    var description: String { "brokers do not say what \(partition.topic)/\(partition.number) holds" }
}
