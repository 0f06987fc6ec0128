package import Foundation

/// How far a vaccination document has come with its practice; names nobody (`gp-digital-medicine.md` §12).
package struct PracticeDocumentState: Sendable, Hashable, Codable {
    /// The Immunization's id.
    package var record: String
    /// The practice's ODS code.
    package var practice: String
    /// Counts the record's documents at this practice.
    package var version: Int
    /// `composed`, `accepted`, `received`, `filed`; or what needs a person: `refused`, `undelivered`, `silent`,
    /// `no-business-answer`.
    package var state: String
    /// The code of the answer that refused it.
    package var code: String?
    package var composedAt: Date
    /// MESH's id of the message.
    package var message: String?

    package init(
        record: String,
        practice: String,
        version: Int,
        state: String,
        code: String?,
        composedAt: Date,
        message: String?
    ) {
        self.record = record
        self.practice = practice
        self.version = version
        self.state = state
        self.code = code
        self.composedAt = composedAt
        self.message = message
    }

    /// States in which a person has to look (G-29, G-32).
    package static let needingPerson = ["refused", "undelivered", "silent", "no-business-answer"]
}
