package import Events
import Foundation

/// Publishes events again from the version history, through the outbox like any other (D-91).
///
/// Nothing can go wrong by publishing too much: routers pass over what was routed before.
package struct EventReplay<Store: ReplayStore>: Sendable {
    private let store: Store
    private let operatorName: String
    /// Changes a transaction.
    private let page: Int

    /// - Parameters:
    ///   - store: The version history and the outbox.
    ///   - operatorName: Who asks for it, for the record.
    ///   - page: Changes a transaction.
    package init(store: Store, operatorName: String, page: Int = 1000) {
        self.store = store
        self.operatorName = operatorName
        self.page = page
    }

    /// Publishes a selection.
    ///
    /// - Parameters:
    ///   - selection: Which changes.
    ///   - partitions: Of records in these partitions of the topic only; nil for all.
    ///   - rate: Changes a second at most; nil for as fast as it goes.
    ///   - isDryRun: Only counts.
    ///   - progress: Called with the counts so far.
    /// - Returns: The counts.
    /// - Throws: ``ReplayError/noPartitions`` where the log has none; errors of the database.
    package func run(
        _ selection: ReplaySelection,
        partitions: Set<Int32>? = nil,
        rate: Int? = nil,
        isDryRun: Bool = false,
        progress: @Sendable (ReplayOutcome) -> Void = { _ in }
    ) async throws -> ReplayOutcome {
        var outcome = ReplayOutcome()
        if !isDryRun { try await note(selection, partitions, "begun", 0) }
        let start = ContinuousClock.now
        var last: RecordChangeKey?
        let count = partitions == nil ? 1 : try await partitionCount()
        while true {
            let changes = try await store.changes(of: selection, after: last, limit: page)
            guard let end = changes.last else { break }
            last = end
            let wanted = changes.filter { change in
                partitions?.contains(KeyPartition.of(change.recordID, count: count)) ?? true
            }
            outcome.selected += wanted.count
            if !isDryRun { outcome.published += try await store.republish(wanted) }
            progress(outcome)
            if let rate, !isDryRun {
                try await Task.sleep(
                    until: start + .seconds(Double(outcome.published) / Double(rate)),
                    clock: .continuous
                )
            }
        }
        if !isDryRun { try await note(selection, partitions, "done", outcome.published) }
        return outcome
    }

    /// Publishes what was never routed of the partitions with a gap, and lets them be read again.
    package func mendGaps(
        rate: Int? = nil,
        isDryRun: Bool = false,
        progress: @Sendable (ReplayOutcome) -> Void = { _ in }
    ) async throws -> ReplayOutcome {
        let topic = try await store.establishedLog()?.topic
        let gaps = try await store.logGaps().filter { $0.topic == topic }
        guard !gaps.isEmpty else { return ReplayOutcome() }
        if !isDryRun { try await store.beginMending() }
        var outcome = try await run(
            ReplaySelection(),
            partitions: Set(gaps.map(\.partition)),
            rate: rate,
            isDryRun: isDryRun,
            progress: progress
        )
        for gap in gaps where !isDryRun {
            try await store.mend(gap)
            outcome.mended.append("\(gap)")
        }
        return outcome
    }

    private func partitionCount() async throws -> Int {
        guard case .kafka(_, let partitions) = try await store.establishedLog() else { throw ReplayError.noPartitions }
        return partitions
    }

    private func note(
        _ selection: ReplaySelection,
        _ partitions: Set<Int32>?,
        _ state: String,
        _ changes: Int
    ) async throws {
        let parts = [
            selection.includesRouted ? "all changes" : "changes never routed",
            selection.from.map { "from \($0.ISO8601Format())" }, selection.to.map { "before \($0.ISO8601Format())" },
            selection.records.isEmpty ? nil : "of \(selection.records.count) records",
            partitions.map { "in partitions \($0.sorted())" },
        ]
        try await store.note(
            operation: "replay",
            by: operatorName,
            "\(state): \(parts.compactMap(\.self).joined(separator: " "))",
            changes: changes
        )
    }
}

/// What a replay found, and what it did about it.
package struct ReplayOutcome: Sendable, Hashable, Codable {
    /// Changes of the selection.
    package var selected = 0
    /// Put into the outbox; the others waited there already.
    package var published = 0
    /// Partitions that are read again from now on.
    package var mended: [String] = []

    package init() {}
}

/// A replay that cannot be done.
package enum ReplayError: Error, CustomStringConvertible {
    case noPartitions

    package var description: String {
        switch self {
        case .noPartitions: "the embedded log has no partitions: choose by time or record"
        }
    }
}
