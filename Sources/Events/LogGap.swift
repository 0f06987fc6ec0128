/// A partition that does not hold what has to be read next (D-91): reading it stops until an operator has published the
/// missing stretch again (`herald replay --gaps`).
package struct LogGap: Sendable, Hashable {
    /// What has become of the log.
    package enum Reason: String, Sendable, Hashable, CaseIterable {
        /// Its beginning was removed before it was read: retention is shorter than the routers were away.
        case trimmed
        /// Its end is missing: the topic was made anew, or a broker lost what it had acknowledged.
        case truncated
        /// It holds other messages: the topic was made anew and filled again.
        case replaced
    }

    package var topic: String
    package var partition: Int32
    package var reason: Reason
    /// What had to be read.
    package var nextOffset: Int64
    /// The oldest offset the log held when it was noticed.
    package var low: Int64
    /// The offset that the next message would have got.
    package var high: Int64
    /// Where to go on reading once the missing stretch is published again.
    ///
    /// The beginning, unless what is there is known to be unread: events read twice are routed once.
    package var resumeAt: Int64

    package init(
        topic: String,
        partition: Int32,
        reason: Reason,
        nextOffset: Int64,
        low: Int64,
        high: Int64,
        resumeAt: Int64
    ) {
        self.topic = topic
        self.partition = partition
        self.reason = reason
        self.nextOffset = nextOffset
        self.low = low
        self.high = high
        self.resumeAt = resumeAt
    }
}

extension LogGap: CustomStringConvertible {
    package var description: String {
        let what =
            switch reason {
            case .trimmed: "was trimmed before it was read"
            case .truncated: "ends before what it had acknowledged"
            case .replaced: "holds other messages than before"
            }
        return "\(topic)[\(partition)] \(what): next is \(nextOffset), the log has \(low) to before \(high)"
    }
}
