package import Events
import Kafka

/// Tries again what was set aside, once what was wrong is mended (D-86, D-94).
package struct DeadEventRetry<Store: ReplayStore>: Sendable {
    private let store: Store
    private let operatorName: String

    /// - Parameters:
    ///   - store: Where it is set aside.
    ///   - operatorName: Who asks for it, for the record.
    package init(store: Store, operatorName: String) {
        self.store = store
        self.operatorName = operatorName
    }

    /// Tries everything again.
    ///
    /// - Parameter ids: Only these messages; nil for all, and all changes that brokers have refused.
    /// - Returns: What was published, and what stays where it is.
    /// - Throws: Errors of the database.
    package func run(_ ids: Set<Int64>? = nil) async throws -> RetryOutcome {
        var outcome = RetryOutcome()
        if ids == nil {
            while true {
                let changes = try await store.deadChanges(limit: 1000)
                if changes.isEmpty { break }
                try await store.republish(changes.map(\.key))
                outcome.published += changes.count
            }
        }
        var last: Int64 = 0
        while true {
            let messages = try await store.deadMessages(after: last, limit: 200)
            guard let end = messages.last else { break }
            last = end.id
            for message in messages where ids?.contains(message.id) ?? true {
                if let reason = try await retry(message) {
                    outcome.left[message.id] = reason
                } else {
                    outcome.published += 1
                }
            }
        }
        try await store.note(operation: "retry", by: operatorName, "what was set aside", changes: outcome.published)
        return outcome
    }

    /// - Returns: Why the message stays where it is; nil when its event is published again.
    private func retry(_ dead: DeadMessage) async throws -> String? {
        let event: VaccinationEvent
        do throws(UnreadableEvent) {
            event = try EventMessage.decode(KafkaRecord(dead.unreadable.message))
        } catch {
            return error.reason
        }
        guard try await store.hasVersion(event) else { return dead.unreadable.reason }
        try await store.republish([event.key])
        try await store.forgetDeadMessages([dead.id])
        return nil
    }
}

/// What became of what was set aside.
package struct RetryOutcome: Sendable, Hashable, Codable {
    /// Changes and messages whose events are published again.
    package var published = 0
    /// Messages that still cannot be read, or speak of versions that the database does not have, with the reason.
    package var left: [Int64: String] = [:]

    package init() {}
}
