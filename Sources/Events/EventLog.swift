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
    /// What lay between the events and could not be read as one (D-94).
    package var unreadable: [UnreadableMessage]
    package var position: LogPosition

    package init(events: [VaccinationEvent], unreadable: [UnreadableMessage] = [], position: LogPosition) {
        self.events = events
        self.unreadable = unreadable
        self.position = position
    }
}

/// Where a log stands once a slice is done; committed in the transaction that does the slice's work.
package enum LogPosition: Sendable, Hashable {
    /// Outbox rows to delete.
    case outbox(ids: [Int64])
    /// The next offset of a partition, valid only while the epoch is still the reader's own (D-90).
    case partition(topic: String, partition: Int32, epoch: Int64, first: Int64, next: Int64)
}

/// What became of a slice.
package enum SliceOutcome: Sendable, Hashable {
    /// Work and position are committed.
    case committed
    /// Somebody else has taken the source over; nothing was written.
    case fenced
}

/// A message of the log that is not an event Herald can read, kept with its bytes and the reason.
package struct UnreadableMessage: Sendable, Hashable {
    package var topic: String
    package var partition: Int32
    package var offset: Int64
    package var key: [UInt8]?
    package var value: [UInt8]?
    /// What is wrong with it; names members and types, never their values.
    package var reason: String

    package init(topic: String, partition: Int32, offset: Int64, key: [UInt8]?, value: [UInt8]?, reason: String) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.key = key
        self.value = value
        self.reason = reason
    }
}

/// Where the positions of a partitioned log are kept: beside the work, not at the broker (D-90, D-91).
package protocol LogPositionStore: Sendable {
    /// Takes partitions over: raises their epochs, so that the previous reader's next transaction finds no row.
    ///
    /// A partition seen for the first time starts at `initial`.
    func claim(topic: String, partitions: [Int32], initial: Int64) async throws -> [ClaimedPartition]
}

/// A partition that this reader owns from now on.
package struct ClaimedPartition: Sendable, Hashable {
    package var partition: Int32
    package var epoch: Int64
    package var nextOffset: Int64

    package init(partition: Int32, epoch: Int64, nextOffset: Int64) {
        self.partition = partition
        self.epoch = epoch
        self.nextOffset = nextOffset
    }
}
