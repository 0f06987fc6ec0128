package import FHIR
package import Foundation

/// One page of a search's answer (immunisation-history.md §5, Q-80 to Q-86).
///
/// What it holds is given to it: it looks nothing up, makes no id and knows no clock.
package struct SearchsetBundle: Sendable {
    /// How many Immunizations match, over all pages (not entries).
    package var total: Int
    /// The absolute URL of this search as it was understood.
    package var selfLink: String
    /// The absolute URL of the next page, unless this is the last.
    package var nextLink: String?
    /// The absolute URL of the page before, unless this is the first.
    package var previousLink: String?
    /// The FHIR base URL without a slash at its end, for the entries' `fullUrl`.
    package var baseURL: String
    /// The patient's number; nil for a record without one, which only an identifier search finds.
    package var nhsNumber: NHSNumber?
    /// A UUID made for this response: the `fullUrl` of the Patient entry.
    package var patientUUID: UUID
    /// The matches of this page, as stored.
    package var resources: [[UInt8]]
    /// Warnings, which come last and do not count.
    package var outcomes: [OperationOutcome]

    /// A page.
    package init(
        total: Int,
        selfLink: String,
        nextLink: String? = nil,
        previousLink: String? = nil,
        baseURL: String,
        nhsNumber: NHSNumber?,
        patientUUID: UUID,
        resources: [[UInt8]],
        outcomes: [OperationOutcome] = []
    ) {
        self.total = total
        self.selfLink = selfLink
        self.nextLink = nextLink
        self.previousLink = previousLink
        self.baseURL = baseURL
        self.nhsNumber = nhsNumber
        self.patientUUID = patientUUID
        self.resources = resources
        self.outcomes = outcomes
    }

    /// The `fullUrl` of the Patient entry.
    var patientURL: String { "urn:uuid:\(patientUUID.lowercaseText)" }
}
