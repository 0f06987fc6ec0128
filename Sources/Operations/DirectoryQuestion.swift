package import Foundation

/// A patient for whom the outside directory gives no answer, so that events wait: for operators beside the hub only, for it
/// names the patient.
package struct DirectoryQuestion: Sendable, Codable {
    package var nhsNumber: String
    package var since: Date
    package var triedAt: Date
    package var tries: Int
    package var reason: String
    /// When and by whom it was answered in the directory's place.
    package var settledAt: Date?
    package var settledBy: String?

    package init(
        nhsNumber: String,
        since: Date,
        triedAt: Date,
        tries: Int,
        reason: String,
        settledAt: Date?,
        settledBy: String?
    ) {
        self.nhsNumber = nhsNumber
        self.since = since
        self.triedAt = triedAt
        self.tries = tries
        self.reason = reason
        self.settledAt = settledAt
        self.settledBy = settledBy
    }
}
