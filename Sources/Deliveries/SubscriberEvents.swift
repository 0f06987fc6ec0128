package import Events
package import Vaccination

/// Where a subscriber reads its own events again; implemented on PostgreSQL.
package protocol SubscriberEvents: Sendable {
    /// A part of a subscription's stored events, by ascending number; nothing counts as delivered by it.
    ///
    /// - Parameters:
    ///   - id: The subscription.
    ///   - numbers: Which of them.
    ///   - limit: How many at most, from the lowest number on.
    /// - Returns: The events, and which number is the oldest one kept.
    /// - Throws: What the database throws.
    func storedEvents(
        of id: SubscriptionID,
        numbers: ClosedRange<Int64>,
        limit: Int
    ) async throws -> StoredEvents
}

/// Stored events of a subscription.
package struct StoredEvents: Sendable {
    /// One of them, with whom it is about.
    package struct Event: Sendable {
        package var event: LaneEvent
        package var nhsNumber: NHSNumber?

        package init(event: LaneEvent, nhsNumber: NHSNumber?) {
            self.event = event
            self.nhsNumber = nhsNumber
        }
    }

    /// The lowest number that is kept; nil where none is.
    package var oldest: Int64?
    package var events: [Event]

    package init(oldest: Int64?, events: [Event]) {
        self.oldest = oldest
        self.events = events
    }
}
