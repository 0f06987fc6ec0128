import CRdkafka

extension KafkaConsumer {
    /// Tells the group where its members are, for lag monitors and for a member that has no better knowledge.
    ///
    /// A hint, not the record of what is done: that is kept with the work. After a rebalance the broker may refuse the
    /// commit of a member that has just lost its partitions (unknown member, earlier generation, lost assignment); such
    /// refusals are ignored.
    ///
    /// - Parameters:
    ///   - positions: The next offsets to read: the last processed + 1, not one of the log's ends.
    ///   - timeout: How long to wait for the broker's answer; keep it well below `max.poll.interval.ms`.
    /// - Throws: ``KafkaError/failed(_:)`` with ``KafkaErrorCode/timedOut`` among others, ``KafkaError/closed``.
    package func commit(_ positions: [KafkaPosition], timeout: Duration = .seconds(5)) async throws(KafkaError) {
        let client = try openClient()
        guard isMember, let commits else {
            throw .failed(KafkaFailure(.commit, code: .wrongState, detail: "the consumer has no group"))
        }
        guard !positions.contains(where: { $0.offset.raw < 0 }) else {
            throw .failed(KafkaFailure(.commit, code: .invalidArgument, detail: "only exact offsets can be committed"))
        }
        guard !positions.isEmpty else { return }
        let code = try commits.commit(positions, of: client, timeout: timeout)
        guard !Self.ignoredCommitErrors.contains(KafkaErrorCode(code)) else { return }
        try client.check(code, .commit)
    }

    /// What the group's members have committed.
    ///
    /// - Parameters:
    ///   - partitions: Any partitions, assigned or not.
    ///   - timeout: How long to wait for the answer.
    /// - Returns: The next offset to read by partition, without those where nothing was committed.
    /// - Throws: ``KafkaError/failed(_:)`` with ``KafkaErrorCode/timedOut`` among others, ``KafkaError/closed``.
    package func committed(
        _ partitions: [KafkaPartition],
        timeout: Duration = .seconds(5)
    ) throws(KafkaError) -> [KafkaPartition: Int64] {
        let client = try openClient()
        let list = PartitionList(partitions)
        try client.check(rd_kafka_committed(client.pointer, list.pointer, timeout.milliseconds), .readCommitted)
        if let failure = list.failure(.readCommitted) { throw .failed(failure) }
        return list.offsets
    }

    private static let ignoredCommitErrors: Set<KafkaErrorCode> = [
        .unknownMember, .illegalGeneration, .rebalanceInProgress, .wrongState, .assignmentLost, .noOffset,
    ]
}
