import FHIR

/// The R4 and R4B notification bundles of the Subscriptions R5 Backport guide (fhir-subscriptions.md §6, §7).
///
/// The same inputs give the same bytes, so a batch may be kept as its inputs and rebuilt for a retry (delivery.md
/// D-10).
package enum SubscriptionNotification {
    /// The first message to an endpoint; a 2xx answer activates the subscription.
    ///
    /// - Parameters:
    ///   - envelope: Ids, times and addresses.
    ///   - total: Events so far: 0 for a new subscription, the current number when it is activated again.
    /// - Returns: The bundle as JSON.
    package static func handshake(_ envelope: NotificationEnvelope, total: Int64) -> [UInt8] {
        bundle(.handshake, envelope, total: total, events: [])
    }

    /// A sign of life; `total` is the current number of events, from which a receiver sees a backlog (§7.4).
    package static func heartbeat(_ envelope: NotificationEnvelope, total: Int64) -> [UInt8] {
        bundle(.heartbeat, envelope, total: total, events: [])
    }

    /// Consecutive events of one subscription, at least one; the total is the highest number among them (§7.4).
    package static func events(_ envelope: NotificationEnvelope, _ events: [NotifiedEvent]) -> [UInt8] {
        precondition(!events.isEmpty, "an event notification holds at least one event")
        let total = events.reduce(0) { max($0, $1.number) }
        return bundle(.eventNotification, envelope, total: total, events: events)
    }

    /// Records as they stand, for a subscriber that was not there when they were written (delivery.md D-53).
    ///
    /// They are no events: the status entry is that of `$status` and names none, and each record has an entry as if it had
    /// been read. At the level `id-only` the entries have no resource.
    ///
    /// - Parameters:
    ///   - envelope: Ids, times and addresses.
    ///   - records: The records; their numbers are not used.
    ///   - total: The number of events when the records were asked for.
    /// - Returns: The bundle as JSON.
    package static func records(
        _ envelope: NotificationEnvelope,
        _ records: [NotifiedEvent],
        total: Int64
    ) -> [UInt8] {
        var bundle = NotificationBundle(type: .queryStatus, envelope: envelope, total: total, events: [])
        bundle.records = records
        return bytes(bundle)
    }

    /// The answer to `$events`: stored events, none of which counts again (§8.2).
    ///
    /// - Parameters:
    ///   - envelope: Ids, times and addresses; the content level is the one that was asked for, never more than the
    ///     subscription's own.
    ///   - events: Events by ascending number; none where the range lies beyond the total.
    ///   - total: The current number of events.
    ///   - next: Where the events after these are to be had, if there are more.
    /// - Returns: The bundle as JSON.
    package static func query(
        _ envelope: NotificationEnvelope,
        _ events: [NotifiedEvent],
        total: Int64,
        next: String? = nil
    ) -> [UInt8] {
        bundle(.queryEvent, envelope, total: total, events: events, next: next)
    }

    private static func bundle(
        _ type: NotificationType,
        _ envelope: NotificationEnvelope,
        total: Int64,
        events: [NotifiedEvent],
        next: String? = nil
    ) -> [UInt8] {
        bytes(NotificationBundle(type: type, envelope: envelope, total: total, events: events, next: next))
    }

    private static func bytes(_ bundle: NotificationBundle) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(bundle.expectedSize)
        JSONWriter.append(to: &bytes, bundle.write)
        return bytes
    }
}
