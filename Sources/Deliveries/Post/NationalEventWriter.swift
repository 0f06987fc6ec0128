package import Events
package import Foundation
import FHIR
package import Messages
package import Subscriptions
import Vaccination

/// Who is told of an event through one mailbox.
package struct MailboxMatch: Sendable, Hashable {
    package var subscription: SubscriptionID
    package var tag: String?
    package var shape: EventShape
    /// When the subscription was made.
    package var createdAt: Date
    /// Whether its lane is done with the event.
    package var isDone: Bool

    package init(
        subscription: SubscriptionID,
        tag: String?,
        shape: EventShape,
        createdAt: Date,
        isDone: Bool = false
    ) {
        self.subscription = subscription
        self.tag = tag
        self.shape = shape
        self.createdAt = createdAt
        self.isDone = isDone
    }
}

/// What event messages need besides the event; implemented on PostgreSQL.
package protocol NationalEventStore: Sendable {
    /// The subscriptions of national events that an event matched and that share the mailbox of this one, oldest first;
    /// without those whose client is switched off, or no longer entitled to the event.
    ///
    /// - Parameters:
    ///   - number: The event's number in the subscription.
    ///   - subscription: One of them.
    /// - Returns: Them, this one included where its client is entitled.
    /// - Throws: Errors of the store.
    func mailboxMatches(ofEvent number: Int64, of subscription: Subscription) async throws -> [MailboxMatch]

    /// The name of an organisation, if it is known.
    func organisationName(_ odsCode: String) async throws -> String?

    /// Whether the patient directory has the patient of the number.
    func isTraced(_ nhsNumber: String) async throws -> Bool
}

/// Makes the event messages of `nems.md` §6 for mailboxes: one for each event, however many subscriptions matched; the lane
/// of the oldest of them sends it.
package struct NationalEventWriter<Store: NationalEventStore>: LetterWriter {
    private let store: Store
    private let composer: EventComposer
    private let now: @Sendable () -> Date
    private let makeID: @Sendable () -> UUID

    /// A writer in the name of a sender.
    package init(
        store: Store,
        sender: EventSender,
        now: @escaping @Sendable () -> Date = { Date() },
        makeID: @escaping @Sendable () -> UUID = { UUID() }
    ) {
        self.store = store
        self.now = now
        self.makeID = makeID
        composer = EventComposer(sender: sender, makeID: makeID)
    }

    package func letters(for event: LaneEvent, of claim: LaneClaim) async throws -> LetterDecision {
        guard let mailbox = claim.subscription.mailbox else { return .wait("no-mailbox", .seconds(24 * 3600)) }
        let entitled = try await store.mailboxMatches(ofEvent: event.number, of: claim.subscription)
        guard entitled.contains(where: { $0.subscription == claim.subscription.id }) else {
            return .wait("not-entitled", .seconds(3600))
        }
        // §4.6 step 3: only what happened since.
        let matches = entitled.filter { $0.createdAt <= event.committedAt }
        guard matches.contains(where: { $0.subscription == claim.subscription.id }), let first = matches.first else {
            return .nothing("older-than-subscription")
        }
        // §6 point 3: the oldest sends for all of the mailbox. The others wait for it, for it may be deleted before.
        guard first.subscription == claim.subscription.id else {
            return first.isDone ? .nothing("sent-once") : .wait("sent-once", .seconds(1))
        }
        // Who still has the record in view hears of the change; a mailbox in which nobody has hears that it is gone.
        let current = matches.filter { $0.shape != .delete }
        let isGone = current.isEmpty
        let resource = isGone && event.kind != .removed ? event.movedFrom?.resource ?? event.resource : event.resource
        let immunization = try JSONValue(parsing: resource)
        var order = EventOrder(
            type: isGone ? .delete : event.kind == .recorded ? .new : .update,
            committed: event.committedAt,
            sent: now(),
            isTraced: try await isTraced(immunization, claim.subscription)
        )
        if let code = immunization.performingOrganisation {
            order.organisationName = try await store.organisationName(code)
        }
        let id = makeID().uuidString.lowercased()
        let bundle: JSONValue
        do {
            bundle = try composer.bundle(of: immunization, order)
        } catch {
            // No later attempt can mend the record; a correction of it brings the next event.
            return .nothing("record-incomplete")
        }
        var letter = Letter(
            localID: "nems_\(id)",
            recipient: mailbox,
            workflow: NationalEvent.vaccinations.workflowID,
            fileName: "\(id).xml",
            contentType: "application/xml",
            body: try STU3XMLWriter.document(of: bundle)
        )
        letter.partnerID = Self.partnerID(isGone ? matches : current)
        return .send([letter])
    }

    /// `Mex-PartnerID`: those that have a tag (§6 point 2); none leave it out.
    private static func partnerID(_ matches: [MailboxMatch]) -> String? {
        let tagged = matches.compactMap { match in match.tag.map { "\(match.subscription.compact)|\($0)" } }
        return tagged.isEmpty ? nil : tagged.joined(separator: "~~~")
    }

    /// Whom a rule about practice or home found is known to the directory; patients that are named need not be.
    private func isTraced(_ immunization: JSONValue, _ subscription: Subscription) async throws -> Bool {
        guard !subscription.filter.patients.isEmpty else { return true }
        let patient = immunization["contained"]?.array?.first { $0["resourceType"] == "Patient" }
        let numbers = patient?["identifier"]?.array?.filter { $0["system"]?.string == FHIRSystem.nhsNumber }
        guard let number = numbers?.first?["value"]?.string else { return false }
        return try await store.isTraced(number)
    }
}

extension JSONValue {
    /// ODS code of the organisation that vaccinated.
    fileprivate var performingOrganisation: String? {
        let identifiers = self["performer"]?.array?.compactMap { $0.at("actor", "identifier") }
        return identifiers?.first { $0["system"]?.string == FHIRSystem.odsCode }?["value"]?.string
    }
}
