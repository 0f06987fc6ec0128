package import Foundation
import FHIR

/// The header fields of a notification's HTTP request (delivery.md §3), all but the signature.
///
/// Nothing in them tells about a patient (D-12): ids are random, numbers count events.
package enum DeliveryHeaders {
    /// The fields in the order of delivery.md §3, the subscriber's own lines last.
    ///
    /// - Parameters:
    ///   - bundleID: `Bundle.id` of the body: the same on every retry.
    ///   - subscription: The subscription the body is for.
    ///   - attempt: 1 for the first try.
    ///   - range: Numbers of the events in the body; `nil` for handshake and heartbeat.
    ///   - sentAt: The time of this attempt, for receivers that refuse old messages.
    ///   - contentType: `channel.payload` as it was stored.
    ///   - isResend: Whether a subscriber or operator asked for these events again.
    ///   - backfill: The back-fill whose records are in the body.
    ///   - traceparent: W3C trace context of this attempt.
    ///   - version: The hub's version, for `User-Agent`.
    ///   - subscriberLines: `channel.header` as names and values, checked when the subscription was made.
    /// - Returns: Names and values.
    package static func fields(
        bundleID: UUID,
        subscription: UUID,
        attempt: Int,
        range: ClosedRange<Int64>?,
        sentAt: Date,
        contentType: String,
        isResend: Bool = false,
        backfill: UUID? = nil,
        traceparent: String? = nil,
        version: String,
        subscriberLines: [(name: String, value: String)] = []
    ) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = [
            ("webhook-id", messageID(bundleID)),
            ("webhook-timestamp", String(Int64(sentAt.timeIntervalSince1970))),
            ("Content-Type", contentType),
            ("Herald-Subscription", subscription.lowercaseText),
        ]
        if let range { fields.append(("Herald-Events", text(range))) }
        fields.append(("Herald-Attempt", String(attempt)))
        if isResend { fields.append(("Herald-Resend", "true")) }
        if let backfill { fields.append(("Herald-Backfill", backfill.lowercaseText)) }
        if let traceparent { fields.append(("traceparent", traceparent)) }
        fields.append(("User-Agent", "Herald/\(version)"))
        return fields + subscriberLines
    }

    /// `webhook-id`, which the signature covers; a full stop in it would make the signed text ambiguous.
    package static func messageID(_ bundleID: UUID) -> String { "ntf_\(bundleID.lowercaseText)" }

    private static func text(_ range: ClosedRange<Int64>) -> String {
        range.count == 1 ? String(range.lowerBound) : "\(range.lowerBound)-\(range.upperBound)"
    }
}
