import FHIR
package import Foundation

/// The answer to `$status`: a search set with one status resource a subscription (§8.1).
package struct StatusAnswer: Hashable, Sendable {
    /// How one subscription stands.
    package struct Entry: Hashable, Sendable {
        /// Addresses, status and the id of the status resource; the rest of it is not used.
        package var envelope: NotificationEnvelope
        /// The current number of events.
        package var total: Int64
        package var errors: [SubscriptionError]

        package init(_ envelope: NotificationEnvelope, total: Int64, errors: [SubscriptionError] = []) {
            self.envelope = envelope
            self.total = total
            self.errors = errors
        }
    }

    package var id: UUID
    package var timestamp: Date
    /// How many subscriptions there are on all pages.
    package var total: Int
    /// The address that was asked.
    package var link: String
    /// The address of the next page.
    package var next: String?
    package var entries: [Entry]

    package init(id: UUID, timestamp: Date, total: Int, link: String, next: String? = nil, entries: [Entry]) {
        self.id = id
        self.timestamp = timestamp
        self.total = total
        self.link = link
        self.next = next
        self.entries = entries
    }

    /// The bundle as JSON.
    package var bytes: [UInt8] {
        JSONWriter.bytes { json in
            json.beginObject()
            json.raw(#""resourceType":"Bundle""#)
            json.member("id", id)
            json.raw(#""type":"searchset""#)
            json.member("timestamp", timestamp)
            json.member("total", total)
            json.links([(relation: "self", url: link)] + (next.map { [(relation: "next", url: $0)] } ?? []))
            json.name("entry")
            json.beginArray()
            for entry in entries {
                json.beginObject()
                SubscriptionStatusWriter(
                    type: .queryStatus,
                    envelope: entry.envelope,
                    total: entry.total,
                    errors: entry.errors
                ).entry(&json)
                json.raw(#""search":{"mode":"match"}"#)
                json.endObject()
            }
            json.endArray()
            json.endObject()
        }
    }
}
