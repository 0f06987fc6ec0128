import CRdkafka

extension KafkaConsumer {
    /// Continues reading assigned partitions elsewhere; what was fetched ahead is dropped.
    ///
    /// After ``KafkaConsumerEvent/positionLost(_:_:)`` this starts the partition again, for which librdkafka has to be
    /// assigned all of them anew at their positions: pause again what was paused.
    ///
    /// - Parameters:
    ///   - positions: Where to go on.
    ///   - timeout: How long to wait for librdkafka.
    /// - Throws: ``KafkaError/failed(_:)``, also for a partition that is not assigned;
    ///   ``KafkaError/rebalanceUnanswered``, ``KafkaError/closed``.
    package func seek(_ positions: [KafkaPosition], timeout: Duration = .seconds(5)) throws(KafkaError) {
        let client = try openClient()
        guard !rebalance.isUnanswered else { throw .rebalanceUnanswered }
        let restarts = try rebalance.seek(positions, isCooperative: isCooperative(client)) {
            partition throws(KafkaError) in try position(of: partition)
        }
        for action in restarts { try perform(action, on: client) }
        let restarted = restarts.flatMap(\.partitions)
        let list = PartitionList(positions.filter { !restarted.contains($0.partition) })
        guard list.pointer.pointee.cnt > 0 else { return }
        try client.check(rd_kafka_seek_partitions(client.pointer, list.pointer, timeout.milliseconds), .seek)
        if let failure = list.failure(.seek) { throw .failed(failure) }
    }

    /// Stops fetching from assigned partitions, while membership and position are kept.
    ///
    /// Records fetched ahead are dropped, and fetched again after ``resume(_:)``.
    ///
    /// - Parameter partitions: Which to pause.
    /// - Throws: ``KafkaError/failed(_:)``, ``KafkaError/closed``.
    package func pause(_ partitions: [KafkaPartition]) throws(KafkaError) {
        let client = try openClient()
        let list = PartitionList(partitions)
        try client.check(rd_kafka_pause_partitions(client.pointer, list.pointer), .pause)
        if let failure = list.failure(.pause) { throw .failed(failure) }
    }

    /// Goes on fetching from paused partitions, after the last record that was handed out.
    ///
    /// - Parameter partitions: Which to resume.
    /// - Throws: ``KafkaError/failed(_:)``, ``KafkaError/closed``.
    package func resume(_ partitions: [KafkaPartition]) throws(KafkaError) {
        let client = try openClient()
        let list = PartitionList(partitions)
        try client.check(rd_kafka_resume_partitions(client.pointer, list.pointer), .resume)
        if let failure = list.failure(.resume) { throw .failed(failure) }
    }

    /// The offset after the last record handed out.
    ///
    /// - Parameter partition: An assigned partition.
    /// - Returns: Nil before the first record.
    /// - Throws: ``KafkaError/failed(_:)``, ``KafkaError/closed``.
    package func position(of partition: KafkaPartition) throws(KafkaError) -> Int64? {
        let client = try openClient()
        let list = PartitionList([partition])
        try client.check(rd_kafka_position(client.pointer, list.pointer), .readPosition)
        if let failure = list.failure(.readPosition) { throw .failed(failure) }
        return list.offsets[partition]
    }

    /// Asks the partition's leader for its log's ends.
    ///
    /// - Parameters:
    ///   - partition: Any partition, assigned or not.
    ///   - timeout: How long to wait for the answer.
    /// - Returns: The oldest record's offset, and the one the next record will get. An empty log has both the same.
    /// - Throws: ``KafkaError/failed(_:)`` with ``KafkaErrorCode/timedOut`` among others, ``KafkaError/closed``.
    package func watermarks(
        of partition: KafkaPartition,
        timeout: Duration = .seconds(5)
    ) throws(KafkaError) -> (low: Int64, high: Int64) {
        let client = try openClient()
        var low: Int64 = 0
        var high: Int64 = 0
        let code = rd_kafka_query_watermark_offsets(
            client.pointer,
            partition.topic,
            partition.number,
            &low,
            &high,
            timeout.milliseconds
        )
        try client.check(code, .readWatermarks)
        return (low, high)
    }

    /// The end of the log as of the last fetch, without asking a broker; for a lag metric.
    ///
    /// - Parameter partition: An assigned partition.
    /// - Returns: Nil before the first fetch.
    /// - Throws: ``KafkaError/closed``.
    package func lastKnownEnd(of partition: KafkaPartition) throws(KafkaError) -> Int64? {
        let client = try openClient()
        var low: Int64 = 0
        var high: Int64 = 0
        let code = rd_kafka_get_watermark_offsets(client.pointer, partition.topic, partition.number, &low, &high)
        return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : nil
    }
}
