package import Access
package import Deliveries
package import Events
import Foundation
import Postgres

extension PostgresStore: ResendRequests {
    package func requestResend(
        _ range: ResendRange,
        of id: SubscriptionID,
        client: String,
        readable: Set<String>?,
        audit: @Sendable (ResendReceipt) -> AuditRecord
    ) async throws -> ResendReceipt {
        let request = ResendRequest(range, of: id)
        let types = readable.map { PermittedTypes.only($0) } ?? .all
        return try await pool.withTransaction { connection in
            var receipt = ResendReceipt(count: 0, numbers: nil)
            for (plan, numbers) in try await Self.plans(request, [client: types], on: connection) {
                guard let numbers, let first = plan.firstNumber, let last = plan.lastNumber else { continue }
                // The rate of a subscriber's own wish is that of its lane.
                let order = JobOrder(actor: client, isProduction: true)
                _ = try await Self.file(plan, numbers, order, on: connection)
                receipt = ResendReceipt(count: Int(plan.events), numbers: first...last)
            }
            try await Self.audit([audit(receipt)], on: connection)
            return receipt
        }
    }
}

extension ResendRequest {
    /// What a subscriber's wish means for its own subscription.
    fileprivate init(_ range: ResendRange, of id: SubscriptionID) {
        var selection = DeliverySelection(subscription: id)
        switch range {
        case .undelivered: self.init(selection)
        case .numbers(let from, let through): self.init(selection, from: from, through: through)
        case .instants(let from, let through):
            // Both ends are included; an instant has milliseconds, what is stored has microseconds.
            (selection.since, selection.until) = (from, through?.addingTimeInterval(0.001))
            self.init(selection)
        }
    }
}
