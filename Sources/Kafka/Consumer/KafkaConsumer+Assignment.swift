import CRdkafka

extension KafkaConsumer {
    /// Starts reading at these positions: the answer to ``KafkaConsumerEvent/assigned(_:)``, or at any time without a group.
    ///
    /// As an answer, name every partition of the event; one left out belongs to this member and is read by nobody.
    ///
    /// - Parameter positions: Where to start. Replaces the assignment, except that it adds to it with a cooperative
    ///   strategy.
    /// - Throws: ``KafkaError/rebalanceUnanswered`` when a revocation waits for ``unassign()``,
    ///   ``KafkaError/failed(_:)``, ``KafkaError/closed``.
    package func assign(_ positions: [KafkaPosition]) throws(KafkaError) {
        let client = try openClient()
        guard let action = rebalance.assign(positions, isCooperative: isCooperative(client)) else {
            throw .rebalanceUnanswered
        }
        try perform(action, on: client)
    }

    /// Stops reading: the answer to ``KafkaConsumerEvent/revoked(_:lost:)``, or at any time without a group.
    ///
    /// Records of these partitions that were fetched already are dropped.
    ///
    /// - Throws: ``KafkaError/failed(_:)``, ``KafkaError/closed``.
    package func unassign() throws(KafkaError) {
        let client = try openClient()
        try perform(rebalance.unassign(isCooperative: isCooperative(client)), on: client)
    }

    /// Closes the consumer: a waiting ``next(maximum:timeout:)`` returns, an unanswered rebalance is answered, the group
    /// is left.
    ///
    /// The group's other members take over without waiting for `session.timeout.ms`. Takes up to some seconds when the
    /// group's coordinator does not answer. Closing twice is harmless; every other call throws ``KafkaError/closed``
    /// afterwards.
    package nonisolated func close() async {
        door.close()
        await leave()
    }

    private func leave() {
        guard let client else { return }
        if rebalance.isUnanswered { try? unassign() }  // refused when the assignment is lost already
        door.release()
        commits = nil
        // Answers by itself the revocation that leaving brings about.
        rd_kafka_consumer_close(client.pointer)
        self.client = nil
    }

    func perform(_ action: RebalanceStateMachine.Action, on client: ClientHandle) throws(KafkaError) {
        switch action {
        case .assign(let positions):
            let list = PartitionList(positions)
            try client.check(rd_kafka_assign(client.pointer, list.pointer), .assign)
        case .add(let positions):
            let list = PartitionList(positions)
            try client.check(rd_kafka_incremental_assign(client.pointer, list.pointer), .assign)
        case .clear:
            try client.check(rd_kafka_assign(client.pointer, nil), .assign)
        case .remove(let partitions):
            let list = PartitionList(partitions)
            try client.check(rd_kafka_incremental_unassign(client.pointer, list.pointer), .assign)
        }
        rebalance.answered(action)
    }

    func isCooperative(_ client: ClientHandle) -> Bool {
        rd_kafka_rebalance_protocol(client.pointer).map { String(cString: $0) } == "COOPERATIVE"
    }
}
