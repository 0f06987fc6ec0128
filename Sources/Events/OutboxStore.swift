package import Foundation

/// Where the changes that still have to be published wait; owned by the log's writers, implemented on PostgreSQL.
package protocol OutboxStore: Sendable {
    /// Renews what `owner` holds, takes its fair share of what is free, and gives back what is more than that.
    ///
    /// - Returns: The shards held now.
    func renewShards(owner: UUID, lease: Duration) async throws -> [Shard]

    /// Renews what `owner` holds and changes nothing else, for while work on it is under way.
    ///
    /// - Returns: The shards still held: fewer than before when the lease was over.
    func extendShards(owner: UUID, lease: Duration) async throws -> [Shard]

    /// Gives every shard of `owner` back, so that another takes it without waiting for the lease to end.
    func releaseShards(owner: UUID) async throws

    /// The oldest waiting changes of some shards, by ascending outbox id, without their resources.
    func waitingEvents(in shards: [Shard], limit: Int) async throws -> [OutboxEvent]

    /// The same with the current and the previous Immunization, for a log that leaves the database.
    func waitingPublications(in shards: [Shard], limit: Int) async throws -> [OutboxPublication]

    /// How often the mending of gaps has begun.
    func mendings() async throws -> Int64

    /// Deletes what a topic has acknowledged, and notes how far it has, in one transaction.
    ///
    /// - Parameters:
    ///   - outboxIDs: The rows.
    ///   - topic: Where they were published.
    ///   - ends: The offset after the last acknowledged message, by partition.
    ///   - mendings: What ``mendings()`` said before the rows were read.
    /// - Throws: ``EventLogMismatch`` when the installation's log is not that topic (any more): nobody would read them there.
    ///   ``LogMendedError`` when gaps are mended since: what was acknowledged may be lost with the log, and the mending
    ///   relied on the outbox.
    func delete(
        published outboxIDs: [Int64],
        to topic: String,
        through ends: [Int32: Int64],
        mendings: Int64
    ) async throws

    /// Sets a change aside that brokers refuse for good, with the later ones of its record (D-86).
    ///
    /// - Returns: How many changes were set aside.
    func setAside(outboxID: Int64, reason: String) async throws -> Int

    /// How many changes wait, and since when the oldest does.
    func depth() async throws -> OutboxDepth
}

/// A gap of the log was mended while a batch was under way (D-91): the batch is published again.
package struct LogMendedError: Error, Hashable, Sendable, CustomStringConvertible {
    package init() {}

    package var description: String {
        "a gap of the event log was mended meanwhile; what was under way is published again"
    }
}

/// A waiting change.
package struct OutboxEvent: Sendable, Hashable {
    package var outboxID: Int64
    package var event: VaccinationEvent

    package init(outboxID: Int64, event: VaccinationEvent) {
        self.outboxID = outboxID
        self.event = event
    }
}

/// A waiting change with the content that other systems want to see.
package struct OutboxPublication: Sendable, Hashable {
    package var outboxID: Int64
    package var event: VaccinationEvent
    /// The Immunization after the change; for a removal the last content before it.
    package var current: [UInt8]
    /// The Immunization before the change, when there was one.
    package var previous: [UInt8]?

    package init(outboxID: Int64, event: VaccinationEvent, current: [UInt8], previous: [UInt8]?) {
        self.outboxID = outboxID
        self.event = event
        self.current = current
        self.previous = previous
    }
}

/// How far publishing lags behind committing.
package struct OutboxDepth: Sendable, Hashable {
    package var waiting: Int
    package var oldest: Date?

    package init(waiting: Int, oldest: Date?) {
        self.waiting = waiting
        self.oldest = oldest
    }
}
