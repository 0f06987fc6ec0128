import Access
import Deliveries
import Events
import FHIR
import Foundation
import HTTPTypes
import Hummingbird
import Messages
import Subscriptions
import Vaccination

extension SubscriptionRoutes where Store.AuditEntry == AuditRecord {
    /// Events in one answer at most, and bytes of their resources after which it ends.
    private static var limits: (events: Int, bytes: Int) { (100, 5 << 20) }

    /// `GET` or `POST /Subscription/{id}/$events`: stored events once more; nothing counts as delivered by it (§8.2).
    @Sendable func events(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.operation)
        let client = try context.subscriber(.read)
        let path = try SubscriptionPath(context)
        let parameters = try await OperationParameters(request, context, release)
        try parameters.allow(["eventsSinceNumber", "eventsUntilNumber", "content", "_format", "_pretty"])
        let since = try parameters.number("eventsSinceNumber")
        let until = try parameters.number("eventsUntilNumber")
        guard (since ?? 1) <= (until ?? .max) else {
            throw HubError.invalid("eventsSinceNumber must not be above eventsUntilNumber.")
        }
        let asked = try Self.content(parameters)
        let one = try await found(path, client, context)
        let level = [asked, one.subscription.content].compactMap(\.self).min { $0.rank < $1.rank } ?? .empty
        let stored = try await store.storedEvents(
            of: one.subscription.id,
            numbers: (since ?? 1)...(until ?? .max),
            limit: Self.limits.events + 1
        )
        try Self.refuseExpired(until, stored, total: one.progress.lastNumber)
        if stored.events.isEmpty, release == .r4b {
            throw HubError.notFound("There are no events in this range.")
        }
        let shown = Self.page(stored.events, level)
        let next = shown.count < stored.events.count ? stored.events[shown.count].event.number : nil
        let notified = try await notified(shown, level, context)
        note(one, shown, context)
        let bundle = SubscriptionNotification.query(
            envelope(one, content: level, at: settings.now()),
            notified,
            total: one.progress.lastNumber,
            next: next.map { number in
                let query = [
                    ("eventsSinceNumber", String(number)), until.map { ("eventsUntilNumber", String($0)) },
                    asked.map { ("content", $0.rawValue) },
                ]
                return "\(baseURL)/Subscription/\(path.text.lowercased())/$events"
                    + SearchText.query(query.compactMap(\.self))
            }
        )
        return .fhir(bundle)
    }

    private static func content(_ parameters: OperationParameters) throws(HubError) -> Subscription.Content? {
        guard let text = try parameters.one("content") else { return nil }
        guard let content = Subscription.Content(rawValue: text) else {
            throw .invalid("The parameter content must be empty, id-only or full-resource.")
        }
        return content
    }

    /// 410 where everything asked for is no longer kept.
    private static func refuseExpired(_ until: Int64?, _ stored: StoredEvents, total: Int64) throws(HubError) {
        guard stored.events.isEmpty, total > 0 else { return }
        let oldest = stored.oldest ?? total + 1
        guard oldest > 1, until ?? total < oldest else { return }
        throw HubError(.gone, .deleted, nil, "The events up to \(oldest - 1) are no longer kept; search instead.")
    }

    /// As many as one answer takes.
    private static func page(_ events: [StoredEvents.Event], _ level: Subscription.Content) -> [StoredEvents.Event] {
        var bytes = 0
        let fitting = events.prefix(limits.events).prefix { stored in
            if level == .fullResource, stored.event.shape != .delete { bytes += stored.event.resource.count }
            return bytes <= limits.bytes
        }
        return Array(fitting.isEmpty ? events.prefix(1) : fitting)
    }

    /// The events as they may be shown now: what the client may no longer read comes without its resource (D-52).
    private func notified(
        _ events: [StoredEvents.Event],
        _ level: Subscription.Content,
        _ context: HubContext
    ) async throws -> [NotifiedEvent] {
        var redactions: [NHSNumber: Redaction] = [:]
        var notified: [NotifiedEvent] = []
        for stored in events {
            let event = stored.event
            var resource: [UInt8]?
            if level == .fullResource, event.shape != .delete, context.permissions.allows(.read, on: event.vaccineType)
            {
                var redaction = stored.nhsNumber.flatMap { redactions[$0] }
                if redaction == nil {
                    redaction = try await store.redaction(
                        of: [stored.nhsNumber],
                        isOn: settings.redactsRestricted,
                        for: context
                    )
                    if let number = stored.nhsNumber { redactions[number] = redaction }
                }
                resource = try redaction?.apply(toBytes: event.resource)
            }
            notified.append(
                NotifiedEvent(
                    number: event.number,
                    recordID: event.recordID.uuid,
                    version: event.version,
                    shape: event.shape,
                    committedAt: event.committedAt,
                    identifierSystem: event.identifier.system,
                    identifierValue: event.identifier.value,
                    resource: resource
                )
            )
        }
        return notified
    }

    /// Takes down what was shown of whom.
    private func note(_ one: RegisteredSubscription, _ shown: [StoredEvents.Event], _ context: HubContext) {
        context.audit.note { record in
            record.resources += shown.map {
                AuditedResource("Immunization", id: "\($0.event.recordID)", version: Int($0.event.version))
            }
            record.count = shown.count
            let types = Set(shown.map(\.event.vaccineType)).sorted()
            record.vaccineTypesAsked = types
            record.vaccineTypesGranted = types.filter { context.permissions.allows(.read, on: $0) }
            let patients = Set(shown.compactMap(\.nhsNumber))
            if patients.count == 1 { record.patient = patients.first.flatMap { PatientNumber($0.digits) } }
        }
    }
}

extension Subscription.Content {
    /// How much it shows.
    fileprivate var rank: Int {
        switch self {
        case .empty: 0
        case .idOnly: 1
        case .fullResource: 2
        }
    }
}
