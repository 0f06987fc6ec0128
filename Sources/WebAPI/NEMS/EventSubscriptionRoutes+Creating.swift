import Access
import Events
import FHIR
import Foundation
import HTTPTypes
import Hummingbird
import Subscriptions

extension EventSubscriptionRoutes {
    /// `POST /STU3/Subscription`; what is wrong is looked for in the order of §4.4.
    func create(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.create)
        let client = try admit(request, context, .create, "Post")
        guard let body = SpineForm(contentType: request.headers[.contentType]) else {
            throw SpineRefusal(
                .unsupportedMediaType,
                "invalid",
                .unsupportedMediaType,
                "The header Content-Type must be one of: \(SpineForm.names)."
            )
        }
        let form = try Self.form(try body.resource(try await JSONBody.bytes(of: request, context)))
        let criteria = try Self.criteria(form.criteria)
        let carried = criteria.events.intersection(NationalEvent.carried)
        guard !carried.isEmpty else {
            throw SpineRefusal(
                .badRequest,
                "invalid",
                .invalidRequestMessage,
                "The subscription criteria did not meet business rules: this hub has none of these events, only "
                    + NationalEvent.carried.map(\.rawValue).sorted().joined(separator: ", ") + "."
            )
        }
        try await check(form, criteria, context.client?.eventRights ?? EventRights())
        try Self.entitle(form, criteria, context.client)
        let new = subscription(form, criteria, client)
        context.note(new.subscription)
        let audit = context.audit
        let sameness = [criteria.canonical, form.organisation, form.mailbox].joined(separator: " ")
        if let same = try await store.register(new, sameness: sameness, audit: { audit.finished(status: 201) }) {
            throw SpineRefusal(
                .unprocessableContent,
                "duplicate",
                .duplicateRejected,
                "subscription already exists : \"\(same.compact)\"",
                headers: [.location: "\(baseURL)/\(same.compact)"]
            )
        }
        audit.markCommitted()
        var headers = Self.headers(new.subscription)
        headers[.location] = "\(baseURL)/\(new.subscription.id.compact)"
        let others = criteria.events.subtracting(carried).map(\.rawValue).sorted()
        guard !others.isEmpty else { return Response(status: .created, headers: headers) }
        // Nobody shall wait for what never comes.
        let warnings = others.map { event in
            (
                severity: "information", type: "informational", code: SpineCode.notImplemented,
                diagnostics: "This hub has no events of type \(event); the subscription hears of its others."
            )
        }
        return try self.form(request).response(SpineRefusal.outcome(warnings), status: .created, headers: headers)
    }

    /// §4.4 step 2.
    private static func form(_ resource: JSONValue) throws(SpineRefusal) -> EventSubscriptionForm {
        do throws(EventSubscriptionFault) {
            return try EventSubscriptionForm(resource)
        } catch {
            switch error {
            case .idSent:
                throw SpineRefusal(
                    .methodNotAllowed,
                    "forbidden",
                    .resourceIDFail,
                    "The server gives ids: leave id out.",
                    headers: [.allow: "GET, HEAD, DELETE"]
                )
            case .element(let text): throw SpineRefusal(.unprocessableContent, "structure", .invalidResource, text)
            }
        }
    }

    /// §4.4 step 3.
    private static func criteria(_ text: String) throws(SpineRefusal) -> EventCriteria {
        do throws(EventCriteriaFault) {
            return try EventCriteria(text)
        } catch {
            switch error {
            case .nhsNumber: throw SpineRefusal(.badRequest, "value", .invalidNHSNumber, "\(error)")
            case .identifierSystem: throw SpineRefusal(.badRequest, "value", .invalidIdentifierSystem, "\(error)")
            case .rule(let rule):
                throw SpineRefusal(
                    .badRequest,
                    "invalid",
                    .invalidRequestMessage,
                    "The subscription criteria did not meet business rules: \(rule)"
                )
            }
        }
    }

    /// §4.4 step 5: organisations, mailbox and end.
    private func check(_ form: EventSubscriptionForm, _ criteria: EventCriteria, _ rights: EventRights) async throws {
        guard try await store.knows(organisation: form.organisation) else {
            throw Self.unknownOrganisation("The organisation of the first contact")
        }
        if case .rule(let rule, let organisation) = criteria.scope, try await !store.knows(organisation, by: rule) {
            throw Self.unknownOrganisation("Organization.identifier of the criteria")
        }
        guard rights.mailboxes[form.mailbox] == form.organisation else {
            throw SpineRefusal(
                .badRequest,
                "value",
                .conflictingValues,
                "channel.endpoint must be a mailbox of the organisation in the first contact, and registered for this client."
            )
        }
        if let end = form.end, end <= now() {
            throw SpineRefusal(.unprocessableContent, "structure", .invalidResource, "end must be in the future.")
        }
    }

    private static func unknownOrganisation(_ what: String) -> SpineRefusal {
        SpineRefusal(.notFound, "not-found", .organisationNotFound, "\(what) is not known to this hub.")
    }

    /// §4.4 step 6, §4.5.
    private static func entitle(
        _ form: EventSubscriptionForm,
        _ criteria: EventCriteria,
        _ client: RegisteredClient?
    ) throws(SpineRefusal) {
        func denied(_ property: String) -> SpineRefusal {
            SpineRefusal(.forbidden, "forbidden", .accessDenied, "This client is not entitled: \(property).")
        }
        let rights = client?.eventRights ?? EventRights()
        guard rights.kinds.contains(where: { $0.rawValue == criteria.kind.rawValue }) else {
            throw denied("it lacks NEMS_SUBS_TYPE:\(criteria.kind.rawValue)")
        }
        for event in criteria.events.map(\.workflowID).sorted() where !rights.events.contains(event) {
            throw denied("it lacks NEMS_EVENT_ID:\(event)")
        }
        if let codes = client?.odsCodes, !codes.isEmpty, !codes.contains(form.organisation) {
            throw denied("it does not work for the organisation of the first contact")
        }
    }

    private func subscription(
        _ form: EventSubscriptionForm,
        _ criteria: EventCriteria,
        _ client: String
    ) -> EventSubscription {
        let subscription = Subscription(
            id: SubscriptionID(UUID()),
            audience: .nems,
            channel: .mesh,
            reason: form.reason,
            client: client,
            filter: criteria.filter,
            endpoint: Subscription.endpoint(mailbox: form.mailbox),
            createdAt: now(),
            payload: "application/fhir+xml",
            end: form.end,
            contact: form.contacts
        )
        return EventSubscription(subscription, stated: form.stated, tag: criteria.tag)
    }
}
