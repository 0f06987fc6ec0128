package import FHIR
package import Foundation

/// The ITK3 message that brings one vaccination document to a practice (gp-digital-medicine.md §§3-7).
///
/// It is made once and its bytes are kept: every re-send is byte for byte the same (G-04, G-33).
package struct DigitalMedicineMessage: Sendable {
    /// The form on the wire (G-03).
    package enum Format: String, Sendable, CaseIterable {
        case xml, json

        /// The media type.
        package var contentType: String { "application/fhir+\(rawValue)" }
    }

    /// The outer Bundle as JSON.
    package let bundle: JSONValue
    /// The id of the MessageHeader, which answers name.
    package let messageID: UUID
    /// The identifier of the Composition, which the next document of the record replaces.
    package let compositionIdentifier: UUID
    /// The document's title.
    package let title: String
    /// The document's version.
    package let version: Int
    let senderODSCode: String
    let subjectDetail: String

    /// The message's bytes.
    package func bytes(_ format: Format) throws(STU3Error) -> [UInt8] {
        switch format {
        case .xml: try STU3XMLWriter.document(of: bundle)
        case .json: bundle.bytes
        }
    }

    /// `mex-localid`: unique, and with the sender's ODS code in it (§10).
    package var localID: String { "\(senderODSCode)_\(messageID.lowercaseText)" }

    /// `mex-filename`.
    package func fileName(_ format: Format) -> String { "\(messageID.lowercaseText).\(format.rawValue)" }

    /// `mex-subject` as the guide demands it, patient data included: never log it.
    package var subject: String { "\(title) \(subjectDetail)" }

    /// `mex-subject` without a word about the patient.
    package var plainSubject: String { "\(title), version \(version)" }
}
