import Events
import Kafka

/// What a relay keeps from one producer to the next.
struct RelayWork<Store: OutboxStore> {
    var leases: ShardLeases<Store>
    /// The outbox row whose message was refused among others: it is sent alone next.
    var suspect: Int64?
    /// How often the log had been mended when what is known of it was learned.
    private(set) var mendings: Int64 = 0
    private var published: [Int32: Int64] = [:]

    init(leases: ShardLeases<Store>) {
        self.leases = leases
    }

    /// Forgets the ends of a log that was mended since.
    mutating func begin(after mendings: Int64) {
        if mendings != self.mendings { published = [:] }
        self.mendings = mendings
    }

    /// What to send of the waiting changes, in their order: all, or those before the suspect, or the suspect alone.
    mutating func next(of waiting: [OutboxPublication]) -> [OutboxPublication] {
        guard let index = waiting.firstIndex(where: { $0.outboxID == suspect }) else {
            suspect = nil
            return waiting
        }
        return Array(index == 0 ? waiting.prefix(1) : waiting.prefix(index))
    }

    /// Notes what was acknowledged.
    mutating func ends(of acknowledged: [KafkaAcknowledgement]) -> RelayEnds {
        var ends = RelayEnds()
        for acknowledgement in acknowledged {
            let (partition, next) = (acknowledgement.partition, acknowledgement.offset + 1)
            if let before = published[partition], next <= before {
                ends.restarts[partition] = ends.restarts[partition] ?? (before, next)
            }
            published[partition] = next
            ends.published[partition] = next
        }
        return ends
    }
}

/// How far a batch has brought the topic's partitions.
struct RelayEnds {
    /// The offset after the last acknowledged message, by partition.
    var published: [Int32: Int64] = [:]
    /// Partitions whose offsets went back: the log has lost what it had acknowledged before.
    var restarts: [Int32: (before: Int64, next: Int64)] = [:]

    func gaps(in topic: String) -> [LogGap] {
        restarts.sorted { $0.key < $1.key }.map { partition, offsets in
            LogGap(
                topic: topic,
                partition: partition,
                reason: .truncated,
                nextOffset: offsets.before,
                low: 0,
                high: offsets.next,
                resumeAt: 0
            )
        }
    }
}
