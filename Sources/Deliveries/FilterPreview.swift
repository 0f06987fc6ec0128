package import Events
package import Foundation
package import Subscriptions
package import Vaccination

/// Tries a filter on events of the past; implemented on PostgreSQL.
package protocol FilterPreviews: Sendable {
    /// Counts the events that would have matched.
    ///
    /// - Parameters:
    ///   - filter: What is asked for.
    ///   - days: How many days back, today's included; days are UTC's.
    ///   - samples: How many of the latest matches are named.
    ///   - patience: How long it may take; what was not looked at by then is left out, and the answer says so.
    /// - Returns: The counts.
    /// - Throws: What the database throws.
    func preview(
        _ filter: SubscriptionFilter,
        days: Int,
        samples: Int,
        patience: Duration
    ) async throws -> FilterPreview
}

/// What a filter would have matched.
package struct FilterPreview: Sendable, Hashable {
    /// One day of UTC.
    package struct Day: Sendable, Hashable {
        package var date: Date
        package var examined: Int
        package var matched: Int

        package init(date: Date, examined: Int, matched: Int) {
            self.date = date
            self.examined = examined
            self.matched = matched
        }
    }

    /// An event that matched.
    package struct Sample: Sendable, Hashable {
        package var recordID: RecordID
        package var version: Int32
        package var kind: EventKind
        package var committedAt: Date

        package init(recordID: RecordID, version: Int32, kind: EventKind, committedAt: Date) {
            self.recordID = recordID
            self.version = version
            self.kind = kind
            self.committedAt = committedAt
        }
    }

    /// The latest day first.
    package var days: [Day]
    package var samples: [Sample]
    /// Whether every event of the days was looked at.
    package var isComplete: Bool

    package init(days: [Day], samples: [Sample], isComplete: Bool) {
        self.days = days
        self.samples = samples
        self.isComplete = isComplete
    }

    package var matched: Int { days.reduce(0) { $0 + $1.matched } }
    package var examined: Int { days.reduce(0) { $0 + $1.examined } }
}
