package import Foundation
package import Vaccination

/// All that goes into a vaccination document beside the stored record.
package struct DocumentOrder: Sendable {
    /// The patient's registered practice as PDS has it.
    package struct Practice: Hashable, Sendable {
        /// The code in the Organisation Data Service.
        package var odsCode: String
        /// The name, if known.
        package var name: String?

        /// A practice.
        package init(odsCode: String, name: String? = nil) {
            self.odsCode = odsCode
            self.name = name
        }
    }

    /// A term of SNOMED CT.
    package struct Term: Hashable, Sendable {
        /// The concept id.
        package var code: String
        /// The words.
        package var display: String

        /// A term.
        package init(code: String, display: String) {
            self.code = code
            self.display = display
        }
    }

    /// The vaccine type's code, for example `FLU`: it makes the title.
    package var vaccineType: String
    /// The number of the document among those of its record, from 1.
    package var version: Int
    /// Whether the document says that the vaccination was entered in error: a deletion.
    package var isWithdrawal = false
    /// The Composition identifier of the document that this one replaces, if any (§8).
    package var replaces: UUID?
    /// When the document is made.
    package var composed: Date
    /// The practice that receives it.
    package var practice: Practice
    /// The number that PDS has traced; only verified numbers are sent (§11).
    package var tracedNumber: NHSNumber
    /// The name of the site of the vaccination, if the ODS directory knows it.
    package var siteName: String?
    /// The kind of care, if the configuration knows it (G-08).
    package var careSetting: Term?

    /// The order for a new document.
    package init(
        vaccineType: String,
        version: Int,
        composed: Date,
        practice: Practice,
        tracedNumber: NHSNumber
    ) {
        self.vaccineType = vaccineType
        self.version = version
        self.composed = composed
        self.practice = practice
        self.tracedNumber = tracedNumber
    }
}

/// Who sends documents, and how their headers read: configuration.
package struct DocumentSender: Sendable {
    /// Whether the receiver is to act on the message.
    package enum Recipient: Sendable {
        case forAction, forInformation
    }

    /// What `SenderReference` holds (G-06).
    package enum Reference: Sendable {
        case none
        /// The record and the version: `RECORD.vN`.
        case record(String)
    }

    /// The sender's ODS code.
    package var odsCode: String
    /// The sender's MESH mailbox.
    package var mailbox: String
    /// Whether the receiver is to act.
    package var recipient = Recipient.forAction
    /// What answers echo.
    package var reference = Reference.none
    /// Who stands for the site of a vaccination abroad (G-12).
    package var abroad = deskForAbroad
    static let deskForAbroad = DocumentOrder.Practice(
        odsCode: "N2N9I",
        name: "COVID19 VACCINE RESOLUTION SERVICEDESK"
    )

    /// A sender.
    package init(odsCode: String, mailbox: String) {
        self.odsCode = odsCode
        self.mailbox = mailbox
    }
}
