package import Foundation
package import Messages
package import Vaccination

/// A run of a feed: its number and the events it covers; empty when `to` is below `from`.
package struct FrozenRun: Sendable, Hashable {
    /// Delta or full extract.
    package var kind: FeedRun.Kind
    /// Counts the consumer's runs from 1 without gaps.
    package var sequence: Int64
    /// The first event; 0 in a full extract.
    package var from: Int64
    /// The last event, or the point in the stream that a full extract shows.
    package var to: Int64
    package var startedAt: Date

    package init(kind: FeedRun.Kind = .delta, sequence: Int64, from: Int64, to: Int64, startedAt: Date) {
        self.kind = kind
        self.sequence = sequence
        self.from = from
        self.to = to
        self.startedAt = startedAt
    }

    package var isFull: Bool { kind == .full }

    /// Events it covers.
    package var eventCount: Int64 { isFull ? to : max(0, to - from + 1) }

    /// What its files are called and its manifest says.
    func named(_ odsCode: ODSCode) -> FeedRun {
        FeedRun(
            odsCode: odsCode,
            kind: kind,
            sequence: sequence,
            previousSequence: sequence - 1,
            started: startedAt,
            generated: startedAt,
            fromEvent: from,
            toEvent: to
        )
    }
}

/// What was written of a run.
package struct WrittenRun: Sendable, Hashable {
    /// The data files by type and part, then the manifest.
    package var files: [File]
    package var heldBack: [HeldRow] = []
    /// Records whose rows had been held back and that have one in this run (N-05).
    package var released: Set<RecordID> = []

    package init(files: [File]) { self.files = files }

    /// A file of a run.
    package struct File: Sendable, Hashable {
        package var name: String
        /// The MESH message's own id the first time it is sent (`nis-feed.md` §5).
        package var localID: String
        /// Nil for the manifest.
        package var vaccineType: String?
        package var part: Int?
        package var rows: Int
        package var bytes: Int
        /// 64 hexadecimal digits, of the uncompressed bytes.
        package var sha256: String

        package init(
            name: String,
            localID: String,
            vaccineType: String?,
            part: Int?,
            rows: Int,
            bytes: Int,
            sha256: String
        ) {
            self.name = name
            self.localID = localID
            self.vaccineType = vaccineType
            self.part = part
            self.rows = rows
            self.bytes = bytes
            self.sha256 = sha256
        }
    }

    /// An event whose row lacks a mandatory column.
    package struct HeldRow: Sendable, Hashable {
        package var number: Int64
        package var recordID: RecordID
        package var columns: [FeedColumn]
    }
}

/// An event, or a live record, with what its rows need beyond it.
package struct FeedEvent: Sendable, Hashable {
    /// Of a full extract: the record as if it had just been recorded, with the number 0.
    package var event: LaneEvent
    /// The NHS number that has taken the place of the record's (N-13).
    package var tracedNumber: NHSNumber?

    package init(event: LaneEvent, tracedNumber: NHSNumber?) {
        self.event = event
        self.tracedNumber = tracedNumber
    }
}
