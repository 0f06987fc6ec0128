import Events
import FHIR
import Foundation
package import Logging
import Messages
import Subscriptions

/// Writes the Digital Medicine messages of GP practices (`gp-digital-medicine.md`).
package struct PracticeWriter<Store: DocumentStore, Office: PostOffice>: LetterWriter {
    /// How long a practice waits whose mailbox is not known (G-40).
    private static var addressPause: Duration { .seconds(24 * 3600) }

    private let store: Store
    private let office: Office
    private let settings: PracticeSettings
    private let environment: CourierEnvironment
    private let logger: Logger

    /// A writer; `environment` has the clock and draws the UUIDs.
    package init(
        store: Store,
        office: Office,
        settings: PracticeSettings,
        environment: CourierEnvironment = CourierEnvironment(),
        logger: Logger
    ) {
        self.store = store
        self.office = office
        self.settings = settings
        self.environment = environment
        self.logger = logger
    }

    package func letters(for event: LaneEvent, of claim: LaneClaim) async throws -> LetterDecision {
        let circumstances = try await store.circumstances(of: event, for: claim)
        let site = (try? JSONValue(parsing: event.resource)).flatMap(Self.site)
        let plan = DocumentPlan(event, circumstances, site: site, settings)
        guard case .documents(let drafts) = plan else {
            guard case .nothing(let reason) = plan else { return .nothing("nothing") }
            return .nothing(reason)
        }
        let mailbox: String
        switch try await address(of: circumstances.practice, claim.subscription) {
        case .to(let found): mailbox = found
        case .wait(let state, let pause): return .wait(state, pause)
        }
        var (letters, documents) = ([Letter](), [FiledDocument]())
        for draft in drafts {
            do {
                let message = try await compose(draft, event, circumstances)
                let letter = try letter(message, to: mailbox)
                letters.append(letter)
                documents.append(filed(draft, message, letter))
            } catch let error as DigitalMedicineError {
                logger.error(
                    "no document can be made of a record",
                    error: error,
                    metadata: ["herald.record.id": "\(event.recordID)"]
                )
                return .nothing("not-composable")
            }
        }
        try await store.file(documents, under: key(of: event, for: claim), for: event, of: claim)
        return .send(letters)
    }

    package func redirect(_ letter: Letter, of claim: LaneClaim) async throws -> Redirection {
        guard let practice = try await store.practice(of: claim.subscription.id) else {
            return .wait("no-mailbox", Self.addressPause)
        }
        try await store.keep(mailbox: nil, of: practice, for: settings.workflow)
        return try await address(of: practice, claim.subscription)
    }

    /// The practice's mailbox: as the practices file has it, or looked up (G-40, G-41).
    private func address(of practice: String, _ subscription: Subscription) async throws -> Redirection {
        if let known = subscription.mailbox { return .to(mailbox: known) }
        if let cached = try await store.mailbox(of: practice, for: settings.workflow) { return .to(mailbox: cached) }
        let found: [String]
        do throws(PostError) {
            found = try await office.mailboxes(of: practice, for: settings.workflow)
        } catch {
            logger.warning("mailbox not looked up", error: error, metadata: ["herald.practice": "\(practice)"])
            return .wait("look-up-failed", error.retryAfter ?? .seconds(60))
        }
        guard let mailbox = found.first else { return .wait("no-mailbox", Self.addressPause) }
        guard found.count == 1 else { return .wait("several-mailboxes", Self.addressPause) }
        try await store.keep(mailbox: mailbox, of: practice, for: settings.workflow)
        return .to(mailbox: mailbox)
    }

    private func compose(
        _ draft: DocumentPlan.Draft,
        _ event: LaneEvent,
        _ circumstances: DocumentCircumstances
    ) async throws -> DigitalMedicineMessage {
        var sender = settings.sender
        if settings.namesRecord { sender.reference = .record("\(event.recordID)") }
        let resource = try JSONValue(parsing: draft.resource)
        var order = DocumentOrder(
            vaccineType: event.vaccineType,
            version: draft.version,
            composed: environment.now(),
            practice: DocumentOrder.Practice(odsCode: circumstances.practice, name: circumstances.practiceName),
            tracedNumber: draft.traced
        )
        order.isWithdrawal = draft.isWithdrawal
        order.replaces = draft.replaces
        if let site = Self.site(of: resource) { order.siteName = try await store.name(ofOrganisation: site) }
        return try DocumentComposer(sender: sender, makeID: environment.makeID).message(of: resource, order)
    }

    private func letter(_ message: DigitalMedicineMessage, to mailbox: String) throws -> Letter {
        var letter = Letter(
            localID: message.localID,
            recipient: mailbox,
            workflow: settings.workflow,
            fileName: message.fileName(settings.format),
            contentType: settings.format.contentType,
            body: try message.bytes(settings.format)
        )
        letter.subject = settings.hasPlainSubject ? message.plainSubject : message.subject
        return letter
    }

    private func filed(
        _ draft: DocumentPlan.Draft,
        _ message: DigitalMedicineMessage,
        _ letter: Letter
    ) -> FiledDocument {
        FiledDocument(
            composition: message.compositionIdentifier,
            messageID: message.messageID,
            localID: letter.localID,
            version: draft.version,
            isWithdrawal: draft.isWithdrawal,
            patient: draft.patient,
            replaces: draft.replaces
        )
    }

    /// ODS code of the place of the vaccination.
    private static func site(of resource: JSONValue) -> String? {
        let actors = resource["performer"]?.array?.lazy.compactMap { $0["actor"]?["identifier"] }
        return actors?.first { $0["system"]?.string == FHIRSystem.odsCode }?["value"]?.string
    }
}
