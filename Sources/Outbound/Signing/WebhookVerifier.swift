package import Foundation

/// What a receiver does before it reads a notification: checks who sent it, and when (`delivery.md` §9, §20).
package struct WebhookVerifier: Sendable {
    /// How far the sender's clock may be off, either way, in seconds.
    package static let tolerance: Int64 = 300

    /// During a rotation, the old secret and the new one.
    package var secrets: [WebhookSecret]
    package var keys: [WebhookPublicKey]

    package init(secrets: [WebhookSecret] = [], keys: [WebhookPublicKey] = []) {
        self.secrets = secrets
        self.keys = keys
    }

    /// Checks a message.
    ///
    /// - Parameters:
    ///   - id: `webhook-id`.
    ///   - timestamp: `webhook-timestamp`.
    ///   - signatures: `webhook-signature`: one or several, a space between them. One that is valid is enough.
    ///   - body: The bytes as they came.
    ///   - now: The receiver's clock.
    /// - Throws: ``WebhookRefusal``.
    package func verify(
        id: String?,
        timestamp: String?,
        signatures: String?,
        body: some Collection<UInt8>,
        now: Date
    ) throws(WebhookRefusal) {
        guard let id, !id.isEmpty, let timestamp, let signatures, let seconds = Int64(timestamp),
            timestamp == String(seconds)
        else { throw .missing }
        let difference = seconds.subtractingReportingOverflow(Int64(now.timeIntervalSince1970))
        guard !difference.overflow, difference.partialValue.magnitude <= Self.tolerance.magnitude else { throw .clock }
        let content = WebhookContent(id: id, timestamp: seconds, body: body)
        let isValid = signatures.split(separator: " ").prefix(16).contains { signature in
            secrets.contains { $0.isValid(signature, of: content) }
                || keys.contains { $0.isValid(signature, of: content) }
        }
        guard isValid else { throw .signature }
    }
}

/// Why a message is not taken for the hub's.
package enum WebhookRefusal: String, Error, Hashable, Sendable {
    /// A header is missing, or is not of its form.
    case missing = "a webhook header is missing or malformed"
    /// Its time is more than five minutes off: an old message that somebody sends again, or a wrong clock.
    case clock = "the timestamp is more than five minutes off"
    /// No signature is valid.
    case signature = "no signature is valid"
}
