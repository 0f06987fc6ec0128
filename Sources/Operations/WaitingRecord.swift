package import Foundation

/// A record that waits for its patient to have a practice; names nobody.
package struct WaitingRecord: Sendable, Hashable, Codable {
    /// The Immunization's id.
    package var record: String
    /// `no-gp`, `not-traced`, `no-mailbox`, or `no-gp-final` once nobody asks any more.
    package var state: String
    package var since: Date
    package var askedAt: Date
    /// When the directory is asked again; nil: only once it is loaded.
    package var dueAt: Date?

    package init(record: String, state: String, since: Date, askedAt: Date, dueAt: Date?) {
        self.record = record
        self.state = state
        self.since = since
        self.askedAt = askedAt
        self.dueAt = dueAt
    }
}
