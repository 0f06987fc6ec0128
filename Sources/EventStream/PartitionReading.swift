import Events
import Foundation
import Kafka

/// What a reader knows of a partition that it owns: how far the database is, and whether the log is still the one that was
/// read up to there.
struct PartitionReading: Sendable {
    let epoch: Int64
    private(set) var next: Int64
    private var mark: UUID?
    private var isVerified: Bool

    /// Where reading starts, or what is missing (D-91).
    enum Start: Sendable {
        case read(PartitionReading)
        case gap(LogGap)
    }

    /// Compares the position of the database with what the log holds: its oldest offset and the one after its newest.
    static func start(_ claimed: ClaimedPartition, topic: String, low: Int64, high: Int64) -> Start {
        let next = claimed.nextOffset
        func gap(_ reason: LogGap.Reason, resumeAt: Int64) -> Start {
            .gap(
                LogGap(
                    topic: topic,
                    partition: claimed.partition,
                    reason: reason,
                    nextOffset: next,
                    low: low,
                    high: high,
                    resumeAt: resumeAt
                )
            )
        }
        // Neither read nor written by this installation: what was trimmed is none of its events.
        let isFresh = next == 0 && claimed.publishedThrough == 0
        if next < low, !isFresh { return gap(.trimmed, resumeAt: low) }
        if next > high { return gap(.truncated, resumeAt: low) }
        if claimed.publishedThrough > high { return gap(.truncated, resumeAt: next) }
        let mark = next - 1 >= low ? claimed.mark : nil
        return .read(PartitionReading(epoch: claimed.epoch, next: max(next, low), mark: mark, isVerified: mark == nil))
    }

    /// Where to start fetching: at the message before the next, where its mark is known.
    var start: Int64 { isVerified ? next : next - 1 }

    /// Takes what was fetched.
    ///
    /// - Returns: The messages that follow the position, or nil when the log holds other messages than were read before.
    mutating func accept(_ records: [KafkaRecord]) -> [KafkaRecord]? {
        guard let first = records.first else { return [] }
        if !isVerified {
            if first.offset == next - 1, LogMessage(first).mark != mark { return nil }
            isVerified = true
        }
        return Array(records.drop { $0.offset < next })
    }

    /// The database has moved on.
    mutating func moved(to next: Int64, mark: UUID?) {
        self.next = next
        self.mark = mark
    }

    /// After a broken connection: another log may answer, so it is read from the last known message again.
    mutating func doubt() {
        isVerified = mark == nil
    }
}

extension LogMessage {
    init(_ record: KafkaRecord) {
        self.init(
            topic: record.topic,
            partition: record.partition,
            offset: record.offset,
            key: record.key,
            value: record.value,
            headers: record.headers.map { Header(name: $0.name, value: $0.value) }
        )
    }
}

extension KafkaRecord {
    /// A message that was set aside, as it was read.
    init(_ message: LogMessage) {
        self.init(
            topic: message.topic,
            partition: message.partition,
            offset: message.offset,
            key: message.key,
            value: message.value,
            headers: message.headers.map { KafkaHeader(name: $0.name, value: $0.value) }
        )
    }
}
