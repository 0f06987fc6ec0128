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
    ///
    /// An offset that was acknowledged before says that the log may have been lost; it does not count before ``restarted(_:)``.
    mutating func ends(of acknowledged: [KafkaAcknowledgement]) -> RelayEnds {
        var ends = RelayEnds()
        for (index, acknowledgement) in acknowledged.enumerated() {
            let (partition, next) = (acknowledgement.partition, acknowledgement.offset + 1)
            if let before = published[partition], next <= before {
                ends.restarts[partition] = ends.restarts[partition] ?? RelayEnds.Restart(before, next, index)
            } else if ends.restarts[partition] == nil {
                published[partition] = next
            }
            ends.published[partition] = next
        }
        return ends
    }

    /// The partitions' logs have been lost, and go on from these ends.
    mutating func restarted(_ ends: [Int32: Int64]) { published.merge(ends) { $1 } }
}

/// How far a batch has brought the topic's partitions.
struct RelayEnds {
    /// An acknowledged offset that is not after those before it.
    struct Restart: Hashable {
        /// The offset after the last acknowledged message before this one.
        let before: Int64
        /// The offset after this one.
        let next: Int64
        /// Which message of the batch it was.
        let index: Int

        init(_ before: Int64, _ next: Int64, _ index: Int) {
            self.before = before
            self.next = next
            self.index = index
        }
    }

    /// The offset after the last acknowledged message, by partition.
    var published: [Int32: Int64] = [:]
    /// Partitions whose offsets went back: their logs may have lost what they had acknowledged before.
    var restarts: [Int32: Restart] = [:]
}

extension LogGap {
    /// A log that begins again below what it has acknowledged.
    init(topic: String, partition: Int32, _ restart: RelayEnds.Restart) {
        self.init(
            topic: topic,
            partition: partition,
            reason: .truncated,
            nextOffset: restart.before,
            low: 0,
            high: restart.next,
            resumeAt: 0
        )
    }
}
