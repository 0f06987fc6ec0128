/// Which partitions a consumer owns, which of them stand still, and which rebalance it has not answered yet.
struct RebalanceStateMachine: Sendable {
    /// What to tell librdkafka.
    enum Action: Hashable, Sendable {
        /// Replaces the assignment.
        case assign([KafkaPosition])
        /// Adds to the assignment (cooperative protocol).
        case add([KafkaPosition])
        /// Empties the assignment.
        case clear
        /// Takes from the assignment (cooperative protocol).
        case remove([KafkaPartition])

        var partitions: [KafkaPartition] {
            switch self {
            case .assign(let positions), .add(let positions): positions.map(\.partition)
            case .remove(let partitions): partitions
            case .clear: []
            }
        }
    }

    private enum Pending: Sendable {
        case assigned
        case revoked([KafkaPartition])
    }

    private var pending: Pending?
    private var starts: [KafkaPartition: KafkaOffset] = [:]
    private var stopped: Set<KafkaPartition> = []
    private(set) var owned: Set<KafkaPartition> = []

    var isUnanswered: Bool { pending != nil }

    /// Notes a rebalance that the caller has been given; a revoked partition's records are none of its from now on.
    mutating func handedOut(_ event: KafkaConsumerEvent) {
        switch event {
        case .assigned:
            pending = .assigned
        case .revoked(let partitions, _):
            pending = .revoked(partitions)
            giveUp(partitions)
        case .positionLost(let partition, _):
            stopped.insert(partition)
        case .records:
            break
        }
    }

    /// The caller assigns, as an answer or by itself.
    ///
    /// - Returns: What to tell librdkafka, followed by ``answered()`` when it agrees; nil while a revocation has to be
    ///   answered.
    func assign(_ positions: [KafkaPosition], isCooperative: Bool) -> Action? {
        switch pending {
        case .revoked: nil
        case .assigned where isCooperative: .add(positions)
        case .assigned, nil: .assign(positions)
        }
    }

    /// The caller gives up the partitions of a revocation or, without one, all.
    func unassign(isCooperative: Bool) -> Action {
        switch pending {
        case .revoked(let partitions) where isCooperative: .remove(partitions)
        case .assigned where isCooperative: .add([])
        case .revoked, .assigned, nil: .clear
        }
    }

    /// The caller moves partitions.
    ///
    /// One whose position was lost stands still and can only be assigned anew, which with the eager protocol means all
    /// partitions at once.
    ///
    /// - Parameters:
    ///   - positions: Where to go on.
    ///   - isCooperative: The group's protocol.
    ///   - current: Where the other partitions are; nil where nothing has been read yet.
    /// - Returns: What to tell librdkafka; nothing if an ordinary seek will do.
    /// - Throws: What `current` throws.
    func seek(
        _ positions: [KafkaPosition],
        isCooperative: Bool,
        current: (KafkaPartition) throws(KafkaError) -> Int64?
    ) throws(KafkaError) -> [Action] {
        let targets = Dictionary(positions.map { ($0.partition, $0.offset) }) { _, last in last }
        let moved = stopped.intersection(targets.keys)
        guard !moved.isEmpty else { return [] }
        if isCooperative {
            let moves = positions.filter { moved.contains($0.partition) }
            return [.remove(moves.map(\.partition)), .add(moves)]
        }
        var all: [KafkaPosition] = []
        for (partition, start) in starts.sorted(by: { $0.key < $1.key }) {
            // `??` would take typed throws for any.
            if let target = targets[partition] {
                all.append(KafkaPosition(partition: partition, offset: target))
            } else if let offset = try current(partition) {
                all.append(KafkaPosition(partition: partition, offset: offset))
            } else {
                all.append(KafkaPosition(partition: partition, offset: start))
            }
        }
        return [.assign(all)]
    }

    /// librdkafka has done what it was told.
    mutating func answered(_ action: Action) {
        pending = nil
        switch action {
        case .assign(let positions):
            giveUp(Array(owned))
            takeOver(positions)
        case .add(let positions): takeOver(positions)
        case .clear: giveUp(Array(owned))
        case .remove(let partitions): giveUp(partitions)
        }
    }

    private mutating func takeOver(_ positions: [KafkaPosition]) {
        for position in positions {
            owned.insert(position.partition)
            starts[position.partition] = position.offset
        }
    }

    private mutating func giveUp(_ partitions: [KafkaPartition]) {
        for partition in partitions {
            owned.remove(partition)
            starts[partition] = nil
            stopped.remove(partition)
        }
    }
}
