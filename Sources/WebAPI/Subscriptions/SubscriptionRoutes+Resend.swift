import Access
import Deliveries
import Events
import FHIR
import Foundation
import HTTPTypes
import Hummingbird
import Subscriptions
import Vaccination

extension SubscriptionRoutes where Store: ResendRequests, Store.AuditEntry == AuditRecord {
    /// `POST /Subscription/{id}/$resend`: events are sent once more, beside those that come (§8.3).
    @Sendable func resend(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.operation)
        let client = try context.subscriber(.update)
        let path = try SubscriptionPath(context)
        let parameters = try await OperationParameters(request, context, release)
        let range = try Self.range(parameters)
        let one = try await found(path, client, context)
        guard one.subscription.status != .off else {
            throw HubError(
                .conflict,
                .conflict,
                .conflict,
                "The subscription is off. Send it again with status requested, then ask for the events."
            )
        }
        let audit = context.audit
        var readable: Set<String>?
        if case .only(let types) = context.permissions.types(for: .read) { readable = types }
        let receipt = try await store.requestResend(
            range,
            of: one.subscription.id,
            client: client,
            readable: readable
        ) { receipt in
            audit.note { $0.count = receipt.count }
            return audit.finished(status: 200)
        }
        audit.markCommitted()
        let name = "Subscription/\(one.subscription.id.uuid.lowercaseText)"
        let sentence =
            if let numbers = receipt.numbers {
                "\(receipt.count) event\(receipt.count == 1 ? "" : "s") (\(numbers.lowerBound) to \(numbers.upperBound)) "
                    + "queued for redelivery to \(name)"
            } else {
                "No events to send again to \(name)"
            }
        let issue = OperationOutcome.Issue(.informational, severity: .information, diagnostics: sentence)
        return .fhir(OperationOutcome(id: UUID(), issues: [issue]).json.bytes)
    }

    private static func range(_ parameters: OperationParameters) throws(HubError) -> ResendRange {
        try parameters.allow([
            "eventsSinceNumber", "eventsUntilNumber", "eventsSinceInstant", "eventsUntilInstant",
        ])
        let numbers = (try parameters.number("eventsSinceNumber"), try parameters.number("eventsUntilNumber"))
        let instants = (
            try parameters.instant("eventsSinceInstant"), try parameters.instant("eventsUntilInstant")
        )
        switch (numbers, instants) {
        case ((nil, nil), (nil, nil)): return .undelivered
        case ((let from, let through), (nil, nil)):
            guard (from ?? 1) <= (through ?? .max) else {
                throw .invalid("eventsSinceNumber must not be above eventsUntilNumber.")
            }
            return .numbers(from: from, through: through)
        case ((nil, nil), (let from, let through)):
            guard (from ?? .distantPast) <= (through ?? .distantFuture) else {
                throw .invalid("eventsSinceInstant must not be after eventsUntilInstant.")
            }
            return .instants(from: from, through: through)
        default: throw .invalid("Give numbers or instants, not both.")
        }
    }
}
