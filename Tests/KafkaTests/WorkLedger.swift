import Kafka

/// Stands for the database of a router: positions and work in one place, and a signal when they change.
actor WorkLedger {
    struct State: Sendable {
        var offsets: [KafkaPartition: [Int64]] = [:]
        var owners: [KafkaPartition: String] = [:]
        var count: Int { offsets.values.map(\.count).reduce(0, +) }
    }

    private(set) var state = State() {
        didSet { for watcher in watchers { watcher.yield(state) } }
    }
    private var watchers: [AsyncStream<State>.Continuation] = []

    func add(_ records: [KafkaRecord]) {
        var state = state
        for record in records { state.offsets[record.source, default: []].append(record.offset) }
        self.state = state
    }

    func claim(_ partitions: [KafkaPartition], for name: String) -> [KafkaPosition] {
        for partition in partitions { state.owners[partition] = name }
        return partitions.map { partition in
            KafkaPosition(partition: partition, offset: state.offsets[partition]?.last.map { $0 + 1 } ?? 0)
        }
    }

    func giveUp(_ partitions: [KafkaPartition], of name: String) {
        for partition in partitions where state.owners[partition] == name { state.owners[partition] = nil }
    }

    func giveUpAll(of name: String) {
        state.owners = state.owners.filter { $0.value != name }
    }

    /// Returns when the condition holds, or when the task is cancelled.
    func wait(until condition: @Sendable (State) -> Bool) async {
        let (states, watcher) = AsyncStream.makeStream(of: State.self, bufferingPolicy: .bufferingNewest(1))
        watchers.append(watcher)
        watcher.yield(state)
        _ = await states.first(where: condition)
    }
}
