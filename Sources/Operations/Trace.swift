package import Foundation

/// The way of one record: where it came from, what became of it, and who was told what and when.
///
/// Holds no patient's name, number or address.
package struct Trace: Sendable, Codable {
    /// Who the record is, by id and by the supplier's own identifier.
    package var id: String
    package var uniqueID: String
    package var uniqueIDURI: String
    package var vaccineType: String
    /// The FHIR version.
    package var version: Int32
    package var isDeleted: Bool
    /// Every accepted action, the first one first.
    package var changes: [TracedChange]

    package init(
        id: String,
        uniqueID: String,
        uniqueIDURI: String,
        vaccineType: String,
        version: Int32,
        isDeleted: Bool,
        changes: [TracedChange]
    ) {
        self.id = id
        self.uniqueID = uniqueID
        self.uniqueIDURI = uniqueIDURI
        self.vaccineType = vaccineType
        self.version = version
        self.isDeleted = isDeleted
        self.changes = changes
    }
}

/// One accepted action and its event.
package struct TracedChange: Sendable, Codable {
    /// Counts the record's accepted actions from 1.
    package var change: Int32
    /// `recorded`, `corrected` or `removed`.
    package var kind: String
    package var version: Int32
    package var committedAt: Date
    package var supplier: String
    /// The API client that wrote it by itself; nil where it came in a feed.
    package var client: String?
    /// The row it came in; nil where it did not come in a feed.
    package var row: TracedRow?
    /// The event; nil while it waits to be routed.
    package var event: TracedEvent?
    /// What it waits for in particular; nil for its turn.
    package var waitsFor: String?

    package init(
        change: Int32,
        kind: String,
        version: Int32,
        committedAt: Date,
        supplier: String,
        client: String? = nil,
        row: TracedRow?,
        event: TracedEvent?,
        waitsFor: String? = nil
    ) {
        self.change = change
        self.kind = kind
        self.version = version
        self.committedAt = committedAt
        self.supplier = supplier
        self.client = client
        self.row = row
        self.event = event
        self.waitsFor = waitsFor
    }
}

/// A row of a file.
package struct TracedRow: Sendable, Codable {
    package var feed: String
    package var file: String
    package var client: String
    package var receivedAt: Date
    /// Counts the file's data rows from 1.
    package var row: Int64
    /// Codes of what was found, where the row was rejected.
    package var findings: [String]?

    package init(feed: String, file: String, client: String, receivedAt: Date, row: Int64, findings: [String]? = nil) {
        self.feed = feed
        self.file = file
        self.client = client
        self.receivedAt = receivedAt
        self.row = row
        self.findings = findings
    }
}

/// An event that was routed.
package struct TracedEvent: Sendable, Codable {
    package var id: String
    package var routedAt: Date
    /// ODS code of the practice the patient was registered with at that moment.
    package var practice: String?
    package var matches: Int
    package var deliveries: [TracedDelivery] = []

    package init(id: String, routedAt: Date, practice: String?, matches: Int) {
        self.id = id
        self.routedAt = routedAt
        self.practice = practice
        self.matches = matches
    }
}

/// One numbered entry of one subscription.
package struct TracedDelivery: Sendable, Codable {
    package var subscription: String
    package var audience: String
    package var channel: String
    package var endpoint: String
    package var number: Int64
    /// POST, PUT or DELETE: how the subscriber sees it.
    package var shape: String
    /// `delivered`, or why not yet: `waiting`, `retrying`, `parked` or `off`.
    package var state: String
    package var nextAttemptAt: Date?
    package var attempts: [TracedAttempt] = []

    package init(
        subscription: String,
        audience: String,
        channel: String,
        endpoint: String,
        number: Int64,
        shape: String,
        state: String,
        nextAttemptAt: Date?
    ) {
        self.subscription = subscription
        self.audience = audience
        self.channel = channel
        self.endpoint = endpoint
        self.number = number
        self.shape = shape
        self.state = state
        self.nextAttemptAt = nextAttemptAt
    }
}

/// One try with its answer, or a run of a feed.
package struct TracedAttempt: Sendable, Codable {
    package var startedAt: Date
    package var milliseconds: Int
    /// Result class.
    package var outcome: String
    package var httpStatus: Int?
    /// The run of a feed that the entry was written in.
    package var run: Int64?

    package init(startedAt: Date, milliseconds: Int, outcome: String, httpStatus: Int? = nil, run: Int64? = nil) {
        self.startedAt = startedAt
        self.milliseconds = milliseconds
        self.outcome = outcome
        self.httpStatus = httpStatus
        self.run = run
    }
}
