package import Foundation

/// What an event message says of the record (`nems.md` §5.4).
package enum EventMessageType: String, Sendable, Hashable, CaseIterable {
    case new, update, delete

    var display: String { "\(rawValue.capitalized) event message" }
}

/// All that goes into an event message beside the stored record.
package struct EventOrder: Sendable {
    /// A code of a known system with its words.
    package struct Term: Hashable, Sendable {
        package var code: String
        package var display: String

        /// A term.
        package init(code: String, display: String) {
            self.code = code
            self.display = display
        }
    }

    /// What happened to the record.
    package var type: EventMessageType
    /// When the change was committed: receivers order by it.
    package var committed: Date
    /// When the message is made.
    package var sent: Date
    /// Whether the patient directory knows the number; it is marked as untraced otherwise.
    package var isTraced: Bool
    /// The name of the vaccinating organisation, if it is known; its code stands in for it.
    package var organisationName: String?
    /// The name of the place, if it is known.
    package var locationName: String?
    /// The kind of child health encounter (`DCH-ChildHealthEncounterType-1`), if it is known.
    package var encounterType: Term?
    /// The care setting as a SNOMED CT term, if it is known.
    package var careSetting: Term?
    /// What the practitioner is (`ProfessionalType-1`), if it is known.
    package var profession: Term?

    /// An order of what every message needs.
    package init(type: EventMessageType, committed: Date, sent: Date, isTraced: Bool) {
        self.type = type
        self.committed = committed
        self.sent = sent
        self.isTraced = isTraced
    }
}

/// Who publishes event messages: configuration.
package struct EventSender: Sendable, Hashable {
    /// The name of the system.
    package var name: String
    /// The accredited system id, 12 digits.
    package var asid: String
    /// The mail address or telephone number at which receivers report a bad message.
    package var contact: String

    /// A sender.
    package init(name: String = "Herald", asid: String, contact: String) {
        self.name = name
        self.asid = asid
        self.contact = contact
    }
}
