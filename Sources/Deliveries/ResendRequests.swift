package import Events
package import Foundation

/// Which events a subscriber wants to be sent again (`fhir-subscriptions.md` §8.3); ends that are absent are open.
package enum ResendRange: Sendable, Hashable {
    /// All that were not delivered, or are dead letters.
    case undelivered
    case numbers(from: Int64?, through: Int64?)
    case instants(from: Date?, through: Date?)
}

/// What became of a wish to be sent events again.
package struct ResendReceipt: Sendable, Hashable {
    package var count: Int
    /// The lowest and the highest number; nil where there was nothing to send.
    package var numbers: ClosedRange<Int64>?

    package init(count: Int, numbers: ClosedRange<Int64>?) {
        self.count = count
        self.numbers = numbers
    }
}

/// Queues events to be sent again; implemented on PostgreSQL.
package protocol ResendRequests: Sendable {
    /// What the audit trail holds of a change; its target is not known here.
    associatedtype AuditEntry: Sendable

    /// Queues a subscription's events for its side lane with the audit entry, in one transaction.
    ///
    /// - Parameters:
    ///   - range: Which events.
    ///   - id: The subscription, which is not off.
    ///   - client: Whose it is.
    ///   - readable: The vaccine types whose events the client may be shown now (D-52); nil for all.
    ///   - audit: Makes the audit entry.
    /// - Returns: What was queued.
    /// - Throws: What the database throws.
    func requestResend(
        _ range: ResendRange,
        of id: SubscriptionID,
        client: String,
        readable: Set<String>?,
        audit: @Sendable (ResendReceipt) -> AuditEntry
    ) async throws -> ResendReceipt
}
