/// A code of an ITK3 answer (gp-digital-medicine.md §9.2).
package struct ITKResponseCode: Hashable, Sendable, CustomStringConvertible {
    /// Five digits, for example `20013`.
    package let digits: String

    /// Nil for what is not five digits.
    package init?(_ text: String) {
        guard text.utf8.count == 5, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        digits = text
    }

    private init(known digits: String) { self.digits = digits }

    /// The message has arrived and can be read.
    package static let success = ITKResponseCode(known: "20013")
    /// The patient is known at the practice, which has filed the document.
    package static let patientKnown = ITKResponseCode(known: "30001")

    /// Who speaks: the system that received the message, or the practice.
    package enum Level: Hashable, Sendable {
        case infrastructure, business
    }

    /// The level by the first digit; nil for a digit that the standard does not use.
    package var level: Level? {
        switch digits.first {
        case "1", "2": .infrastructure
        case "3": .business
        default: nil
        }
    }

    /// The words of the code system; nil for a code that answers to vaccination documents do not have.
    package var display: String? { Self.displays[digits] }

    package var description: String { digits }

    private static let displays = [
        "20013": "Success", "10001": "Handling Specification Error",
        "10002": "Infrastructure Level Response Value - Processing Error",
        "10003": "Business Level Response Value - Processing Error",
        "10004": "Message Definition - Processing Error",
        "10005": "Message Definition Version Value - Processing Error",
        "10007": "Sender Reference Value - Processing Error", "10008": "Handling Specification Business Rule Error",
        "10009": "Unreadable message received", "10010": "Recipient Type - Processing Error",
        "20001": "Unrecognised Recipient Person", "20002": "Unrecognised Recipient Organisation",
        "20003": "Unrecognised Sender", "20004": "Non-Approved file type received as an attachment",
        "20005": "Unsupported file type received as an attachment", "20006": "ITK header validation failure",
        "20007": "Duplicate Message received", "20008": "Duplicate Document received",
        "20009": "Payload validation failure", "20010": "Unrecognised Payload Recipient Organisation",
        "20011": "Unrecognised Payload Recipient Person", "20012": "Unauthorised Sender",
        "20014": "Unable to Process Replacement Document", "20015": "Message too large",
        "30001": "Patient known here. (e.g. Patient is registered here)",
        "30002": "Patient not known here. (aka 'patient record not present in system')",
        "30003": "Patient no longer at this clinical setting",
        "30004": "Patient known here and recently deceased",
    ]
}
