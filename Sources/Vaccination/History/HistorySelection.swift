import Foundation

/// Which records a search reads, and in which order: what an index answers.
package struct HistorySelection: Sendable, Hashable {
    /// Whose records, by the numbers they are filed under; nil for anybody's.
    package var numbers: Set<NHSNumber>?
    /// Which records; nil for all.
    package var ids: Set<RecordID>?
    /// Codes of the vaccine types.
    package var types: Set<String>
    package var order: HistoryOrder

    package init(
        numbers: Set<NHSNumber>? = nil,
        ids: Set<RecordID>? = nil,
        types: Set<String>,
        order: HistoryOrder = .latestFirst
    ) {
        self.numbers = numbers
        self.ids = ids
        self.types = types
        self.order = order
    }
}

/// The orders of `_sort`; what is equal goes by id.
package enum HistoryOrder: String, Sendable, CaseIterable {
    case latestFirst = "-date"
    case latestLast = "date"
    case lastChangedFirst = "-_lastUpdated"
    case lastChangedLast = "_lastUpdated"
}

/// A record's place in the order of a search: the next page begins after it.
package struct HistoryPosition: Sendable, Hashable {
    /// When it was given or changed, in microseconds since 1970-01-01 00:00 UTC.
    package var time: Int64
    package var id: RecordID

    package init(time: Int64, id: RecordID) {
        self.time = time
        self.id = id
    }

    /// Whether it comes later in the order than another.
    package func follows(_ other: HistoryPosition, in order: HistoryOrder) -> Bool {
        if time != other.time {
            switch order {
            case .latestFirst, .lastChangedFirst: return time < other.time
            case .latestLast, .lastChangedLast: return time > other.time
            }
        }
        return other.id.uuid.precedes(id.uuid)
    }
}

/// A live record with its place in the order it was read in.
package struct HistoryMatch: Sendable, Hashable {
    package var position: HistoryPosition
    package var record: StoredImmunization

    package init(position: HistoryPosition, record: StoredImmunization) {
        self.position = position
        self.record = record
    }
}

extension UUID {
    /// Byte by byte, as PostgreSQL compares them.
    fileprivate func precedes(_ other: UUID) -> Bool {
        withUnsafeBytes(of: uuid) { left in
            withUnsafeBytes(of: other.uuid) { left.lexicographicallyPrecedes($0) }
        }
    }
}
