package import Events
package import Foundation
package import Vaccination

/// Where documents for practices are on file, chains by record and practice (G-20); owned by their writer, implemented on
/// PostgreSQL.
package protocol DocumentStore: Sendable {
    /// What a document about an event has to know beside the event.
    func circumstances(of event: LaneEvent, for claim: LaneClaim) async throws -> DocumentCircumstances

    /// Files documents before their letters are kept.
    ///
    /// What was filed for the same key before, and has no letter, was never sent: these take its place.
    func file(_ documents: [FiledDocument], under key: String, for event: LaneEvent, of claim: LaneClaim) async throws

    /// The name of an organisation, if the practices file has it.
    func name(ofOrganisation odsCode: String) async throws -> String?

    /// The practice that a subscription is for.
    func practice(of subscription: SubscriptionID) async throws -> String?

    /// The mailbox that was looked up for a practice in the last 24 hours (G-41).
    func mailbox(of odsCode: String, for workflow: String) async throws -> String?

    /// Keeps what was looked up; nil forgets it.
    func keep(mailbox: String?, of odsCode: String, for workflow: String) async throws
}

/// What is known when a document is made.
package struct DocumentCircumstances: Sendable, Hashable {
    /// The lane's practice.
    package var practice: String
    package var practiceName: String?
    /// Where the patient was registered when the event was routed.
    package var registeredPractice: String?
    /// The number in the record.
    package var patient: NHSNumber?
    /// The number that counts now, where another has taken its place.
    package var traced: NHSNumber?
    /// The content before this change, for a record that is another patient's now.
    package var previousResource: [UInt8]?
    /// The last document of the record that this practice got and did not refuse (G-20).
    package var last: FiledDocument?
    /// The highest version of its documents so far.
    package var lastVersion = 0

    package init(practice: String) { self.practice = practice }

    /// The document the practice holds: not one that was withdrawn.
    var held: FiledDocument? { last.flatMap { $0.isWithdrawal ? nil : $0 } }
}

/// A document on file.
package struct FiledDocument: Sendable, Hashable {
    /// Composition.identifier, which the next one replaces.
    package var composition: UUID
    /// MessageHeader.id, which answers name.
    package var messageID: UUID
    /// Of its letter.
    package var localID: String
    package var version: Int
    package var isWithdrawal: Bool
    /// The number of the record it was made of.
    package var patient: NHSNumber
    package var replaces: UUID?

    package init(
        composition: UUID,
        messageID: UUID,
        localID: String,
        version: Int,
        isWithdrawal: Bool,
        patient: NHSNumber,
        replaces: UUID?
    ) {
        self.composition = composition
        self.messageID = messageID
        self.localID = localID
        self.version = version
        self.isWithdrawal = isWithdrawal
        self.patient = patient
        self.replaces = replaces
    }
}
