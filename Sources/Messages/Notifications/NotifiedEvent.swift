package import Events
package import Foundation

/// How a change looks from one subscription: whether the record came into its view, changed there, or left it
/// One numbered event of a subscription, with the version of the record that caused it.
package struct NotifiedEvent: Hashable, Sendable {
    /// Number within the subscription, from 1, without gaps (§7.4).
    package var number: Int64
    /// `Immunization.id`.
    package var recordID: UUID
    /// `Immunization.meta.versionId`.
    package var version: Int32
    /// What happened, as this subscription sees it.
    package var shape: EventShape
    /// When the version was committed: the event's time and the entry's `lastModified`.
    package var committedAt: Date
    /// The supplier's record identifier, by which a receiver finds a removed record.
    package var identifierSystem: String
    /// The identifier's value within its system.
    package var identifierValue: String
    /// The stored Immunization as JSON, `id` and `meta` included; `nil` for a removal, and where it may not be shown
    /// (§11).
    package var resource: [UInt8]?

    /// An event.
    package init(
        number: Int64,
        recordID: UUID,
        version: Int32,
        shape: EventShape,
        committedAt: Date,
        identifierSystem: String,
        identifierValue: String,
        resource: [UInt8]?
    ) {
        self.number = number
        self.recordID = recordID
        self.version = version
        self.shape = shape
        self.committedAt = committedAt
        self.identifierSystem = identifierSystem
        self.identifierValue = identifierValue
        self.resource = resource
    }
}
