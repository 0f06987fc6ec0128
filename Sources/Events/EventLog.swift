import Crypto
package import Foundation

/// The event log as its reader sees it: slices of consecutive events, each with the position that follows it.
///
/// Two implementations stand behind it, the outbox itself (``EmbeddedEventLog``) and Kafka (`EventStream`); both pass the
/// same conformance suite. Order per record holds within a slice and from slice to slice. A slice may come again after a
/// crash or a fence, never partly: who handles it commits the position together with the work.
package protocol EventLog: Sendable {
    /// Hands slices to `handle`, one after the other, until shutdown is asked for; the slice in hand is finished first.
    ///
    /// When `handle` throws, the log starts again from its stored position, after a pause; cancellation ends the reading.
    func read(_ handle: @Sendable (EventSlice) async throws -> SliceOutcome) async throws
}

/// Consecutive events of one source, and where the source stands after them.
package struct EventSlice: Sendable {
    package var events: [VaccinationEvent]
    /// The messages the events were read from, one each; none where the log is the outbox itself.
    package var messages: [LogMessage]
    /// What lay between the events and could not be read as one (D-94).
    package var unreadable: [UnreadableMessage]
    package var position: LogPosition

    package init(
        events: [VaccinationEvent],
        messages: [LogMessage] = [],
        unreadable: [UnreadableMessage] = [],
        position: LogPosition
    ) {
        self.events = events
        self.messages = messages
        self.unreadable = unreadable
        self.position = position
    }
}

/// Where a log stands once a slice is done; committed in the transaction that does the slice's work.
package enum LogPosition: Sendable, Hashable {
    /// Outbox rows to delete.
    case outbox(ids: [Int64])
    /// The next offset of a partition, valid only while the epoch is still the reader's own (D-90), and the mark of the last
    /// message before it, by which the log is known again (``LogMessage/mark``).
    case partition(topic: String, partition: Int32, epoch: Int64, first: Int64, next: Int64, mark: UUID? = nil)
}

/// What became of a slice.
package enum SliceOutcome: Sendable, Hashable {
    /// Work and position are committed.
    case committed
    /// Somebody else has taken the source over; nothing was written.
    case fenced
}

/// A message as it lies in the log, with all its bytes.
package struct LogMessage: Sendable, Hashable {
    package var topic: String
    package var partition: Int32
    package var offset: Int64
    package var key: [UInt8]?
    package var value: [UInt8]?
    /// Names and values, in order.
    package var headers: [Header]

    package struct Header: Sendable, Hashable {
        package var name: String
        package var value: [UInt8]

        package init(name: String, value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    package init(
        topic: String,
        partition: Int32,
        offset: Int64,
        key: [UInt8]?,
        value: [UInt8]?,
        headers: [Header] = []
    ) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.key = key
        self.value = value
        self.headers = headers
    }

    /// By which a log is known again: the first 128 bits of SHA-256 over key, value and headers, each with its length.
    package var mark: UUID {
        var hash = SHA256()
        func add(_ bytes: [UInt8]?) {
            withUnsafeBytes(of: Int64(bytes?.count ?? -1).bigEndian) { hash.update(bufferPointer: $0) }
            bytes?.withUnsafeBytes { hash.update(bufferPointer: $0) }
        }
        add(key)
        add(value)
        for header in headers {
            add(Array(header.name.utf8))
            add(header.value)
        }
        return Array(hash.finalize().prefix(16)).withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}

/// A message of the log that is not an event Herald can route, and why (D-94).
package struct UnreadableMessage: Sendable, Hashable {
    package var message: LogMessage
    /// What is wrong with it; names members and types, never their values.
    package var reason: String

    package init(_ message: LogMessage, reason: String) {
        self.message = message
        self.reason = reason
    }
}

/// Where the positions of a partitioned log are kept: beside the work, not at the broker (D-90, D-91).
package protocol LogPositionStore: Sendable {
    /// Takes partitions over: raises their epochs, so that the previous reader's next transaction finds no row.
    ///
    /// A partition seen for the first time starts at `initial`.
    func claim(topic: String, partitions: [Int32], initial: Int64) async throws -> [ClaimedPartition]

    /// Records a gap, once; the partition is not read until it is mended.
    func report(_ gap: LogGap) async throws

    /// The partitions with a gap that is not mended yet.
    func stoppedPartitions(topic: String) async throws -> Set<Int32>
}

/// A partition that this reader owns from now on.
package struct ClaimedPartition: Sendable, Hashable {
    package var partition: Int32
    package var epoch: Int64
    package var nextOffset: Int64
    /// The mark of the message before ``nextOffset``, where one was read.
    package var mark: UUID?
    /// What brokers have acknowledged to relays: the log must reach to here.
    package var publishedThrough: Int64
    /// Whether a gap waits to be mended.
    package var isStopped: Bool

    package init(
        partition: Int32,
        epoch: Int64,
        nextOffset: Int64,
        mark: UUID? = nil,
        publishedThrough: Int64 = 0,
        isStopped: Bool = false
    ) {
        self.partition = partition
        self.epoch = epoch
        self.nextOffset = nextOffset
        self.mark = mark
        self.publishedThrough = publishedThrough
        self.isStopped = isStopped
    }
}
