package import Foundation

/// What an operator needs to publish events again, and to look after what was set aside.
package protocol ReplayStore: EventLogRegister {
    /// Changes of a selection, by record and change.
    ///
    /// - Parameters:
    ///   - selection: Which changes.
    ///   - last: Where to go on; nil for the beginning.
    ///   - limit: How many at most.
    /// - Returns: Those that follow, none at the end.
    /// - Throws: Errors of the database.
    func changes(
        of selection: ReplaySelection,
        after last: RecordChangeKey?,
        limit: Int
    ) async throws -> [RecordChangeKey]

    /// Puts changes back into the outbox, in order per record; those that wait there already are left alone.
    ///
    /// - Returns: How many were put there.
    @discardableResult
    func republish(_ changes: [RecordChangeKey]) async throws -> Int

    /// Writes down what an operator did to the log.
    func note(operation: String, by name: String, _ detail: String, changes: Int) async throws

    /// The gaps that wait to be mended.
    func logGaps() async throws -> [LogGap]

    /// Makes relays publish again what they have under way: what the lost log acknowledges from here on is not believed, so
    /// that ``republish(_:)`` may rely on what waits in the outbox.
    func beginMending() async throws

    /// Lets a partition be read again, after what it lacks was put back into the outbox.
    ///
    /// The epoch is raised, so that nobody who still holds the partition moves the position meanwhile.
    func mend(_ gap: LogGap) async throws

    /// Messages that were set aside, oldest first.
    func deadMessages(after id: Int64, limit: Int) async throws -> [DeadMessage]

    /// Changes that were set aside because brokers refuse them, in the order of their records.
    func deadChanges(limit: Int) async throws -> [DeadChange]

    /// How many messages and changes are set aside.
    func deadCounts() async throws -> DeadCounts

    /// Takes messages off the list, because what they say was published again or is of no use to anybody.
    func forgetDeadMessages(_ ids: [Int64]) async throws

    /// Whether the database has the version that an event speaks of.
    func hasVersion(_ event: VaccinationEvent) async throws -> Bool
}

/// A message of a topic that was set aside.
package struct DeadMessage: Sendable, Hashable {
    package var id: Int64
    package var unreadable: UnreadableMessage
    package var setAside: Date

    package init(id: Int64, unreadable: UnreadableMessage, setAside: Date) {
        self.id = id
        self.unreadable = unreadable
        self.setAside = setAside
    }
}

/// A change that brokers refuse, or one that follows it.
package struct DeadChange: Sendable, Hashable {
    package var key: RecordChangeKey
    package var reason: String
    package var setAside: Date

    package init(key: RecordChangeKey, reason: String, setAside: Date) {
        self.key = key
        self.reason = reason
        self.setAside = setAside
    }
}

/// How much is set aside.
package struct DeadCounts: Sendable, Hashable {
    package var messages: Int
    package var changes: Int

    package init(messages: Int, changes: Int) {
        self.messages = messages
        self.changes = changes
    }
}
