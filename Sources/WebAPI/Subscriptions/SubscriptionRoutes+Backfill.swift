import Access
import Deliveries
import Events
import FHIR
import Foundation
import HTTPTypes
import Hummingbird
import Subscriptions

extension SubscriptionRoutes where Store: BackfillRequests, Store.AuditEntry == AuditRecord {
    /// `POST /Subscription/{id}/$backfill`: records that were there before the subscription (`delivery.md` D-53).
    ///
    /// Herald's own: parameters `since` and `until` (instants, both optional) say when a record was changed last. 202 with an
    /// OperationOutcome; 409 while one is under way, and for a subscription that is off.
    @Sendable func backfill(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.operation)
        let client = try context.subscriber(.update)
        let path = try SubscriptionPath(context)
        let parameters = try await OperationParameters(request, context, release)
        try parameters.allow(["since", "until"])
        let window = BackfillWindow(
            since: try parameters.instant("since"),
            until: try parameters.instant("until")
        )
        if let since = window.since, let until = window.until, since >= until {
            throw HubError.invalid("since must be before until.")
        }
        let one = try await found(path, client, context)
        // What it may not read any more would be passed over later, without a word.
        var filter = one.subscription.filter
        try SubscriptionPolicy(context).restrict(&filter)
        let audit = context.audit
        let order = JobOrder(actor: client, isProduction: true)
        let name = "Subscription/\(one.subscription.id.uuid.lowercaseText)"
        switch try await file(one, window, order, audit) {
        case .filed(let job):
            audit.markCommitted()
            let sentence =
                "Back-fill \(job.lowercaseText) queued for \(name); its notifications have the header Herald-Backfill"
            let issue = OperationOutcome.Issue(.informational, severity: .information, diagnostics: sentence)
            return .fhir(OperationOutcome(id: UUID(), issues: [issue]).json.bytes, status: .accepted)
        case .underWay(let job):
            let text = "The back-fill \(job.lowercaseText) is under way; wait until it is done."
            throw HubError(.conflict, .conflict, .conflict, text)
        }
    }

    private func file(
        _ one: RegisteredSubscription,
        _ window: BackfillWindow,
        _ order: JobOrder,
        _ audit: AuditNotes
    ) async throws -> BackfillAnswer {
        do {
            return try await store.requestBackfill(of: one.subscription.id, window, order) {
                audit.finished(status: 202)
            }
        } catch DeliveryOfficeError.off {
            throw HubError(
                .conflict,
                .conflict,
                .conflict,
                "The subscription is off. Send it again with status requested, then ask for the back-fill."
            )
        } catch DeliveryOfficeError.emptyContent {
            throw HubError(
                .unprocessableContent,
                .notSupported,
                nil,
                "The subscription's content level is empty: a back-fill would tell it nothing. Change it to id-only or more."
            )
        } catch DeliveryOfficeError.noRestHook {
            throw HubError(.unprocessableContent, .notSupported, nil, "Only a rest-hook subscription can be filled.")
        }
    }
}
