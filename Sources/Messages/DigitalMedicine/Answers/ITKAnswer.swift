package import Foundation

/// An answer of a practice to one message, as far as Herald needs it (gp-digital-medicine.md §9.1).
package struct ITKAnswer: Hashable, Sendable {
    /// What is answered.
    package enum Subject: Hashable, Sendable {
        /// The message with this MessageHeader.id.
        case message(UUID)
        /// One that the receiver could not read: which is not said (G-27).
        case unreadable
        /// Something else that is no id of Herald's.
        case unknown
    }

    /// The MessageHeader.id of the answer, if it has one that is a UUID.
    package var id: UUID?
    package var subject: Subject
    /// Whether `response.code` is `ok`; it decides before the code does (G-26).
    package var isPositive: Bool
    /// The code; of several the one that fits `response.code`.
    package var code: ITKResponseCode?
    /// Whether the answer itself is to be answered (G-28).
    package var wantsAnswer: Bool
    /// The mailbox that answers by its own account; MESH's word counts, not this one.
    package var mailbox: String?
    /// The sender's reference, which is echoed.
    package var senderReference: String?

    /// What an answer means for the document (gp-digital-medicine.md §9.3).
    package enum Verdict: String, Hashable, Sendable, CaseIterable {
        /// Arrived and readable.
        case arrived
        /// In the patient's record.
        case filed
        /// The message or the document has come before.
        case seenBefore = "seen-before"
        /// The patient is not, or no longer, at this practice.
        case patientElsewhere = "patient-elsewhere"
        /// The organisation does not think the message is for it.
        case wrongPractice = "wrong-practice"
        /// The document to be replaced is not there; original and replacement are void.
        case chainBroken = "chain-broken"
        /// The message is wrong: a defect, or the profile has changed.
        case messageAtFault = "message-at-fault"
        /// The sender is not accepted.
        case senderRefused = "sender-refused"
        /// Whatever else; a person has to look.
        case unclear
    }

    /// What the answer means: by `response.code`, then by the code.
    package var verdict: Verdict {
        guard let code else { return .unclear }
        if isPositive {
            switch code.level {
            case .infrastructure: return .arrived
            case .business where code.display != nil: return .filed
            case .business, nil: return .unclear
            }
        }
        switch code.digits {
        case "20007", "20008": return .seenBefore
        case "30002", "30003": return .patientElsewhere
        case "20002", "20010": return .wrongPractice
        case "20014": return .chainBroken
        case "20006", "20009", "20015": return .messageAtFault
        case "20003", "20012": return .senderRefused
        case let digits where digits.hasPrefix("10"): return .messageAtFault
        default: return .unclear
        }
    }
}
