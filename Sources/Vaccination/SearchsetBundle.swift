package import FHIR
package import Foundation

/// One page of a search's answer (immunisation-history.md §5, Q-80 to Q-86; §12 for the older API).
///
/// What it holds is given to it: it looks nothing up, makes no id and knows no clock.
package struct SearchsetBundle: Sendable {
    /// Somebody whose records are on the page.
    package struct Person: Sendable, Hashable {
        /// The number that counts; nil for a record without one, which only a search by identifier or id finds.
        package var nhsNumber: NHSNumber?
        /// A UUID made for this response: the `fullUrl` of the Patient entry.
        package var uuid: UUID
        /// What is taken out of the person's records.
        package var redaction: Redaction

        package init(nhsNumber: NHSNumber?, uuid: UUID, redaction: Redaction = .none) {
            self.nhsNumber = nhsNumber
            self.uuid = uuid
            self.redaction = redaction
        }

        /// The `fullUrl` of the Patient entry.
        var url: String { "urn:uuid:\(uuid.lowercaseText)" }
    }

    /// A match: the resource as stored, and whose it is.
    package struct Match: Sendable, Hashable {
        package var resource: JSONValue
        /// The place of the person among ``SearchsetBundle/people``.
        package var person: Int

        package init(resource: JSONValue, person: Int = 0) {
            self.resource = resource
            self.person = person
        }
    }

    /// How entries look.
    package enum Form: Sendable, Hashable {
        /// As a search returns them.
        case search
        /// Only these elements, without Patient entries.
        case elements(Set<String>)
        /// As the older API returns them: `urn:uuid:` everywhere and no links.
        case older
    }

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
    package var form: Form
    /// Whose records these are.
    package var people: [Person]
    /// The matches of this page.
    package var matches: [Match]
    /// Warnings, which come last and do not count.
    package var outcomes: [OperationOutcome]

    /// A page.
    package init(
        total: Int,
        selfLink: String,
        nextLink: String? = nil,
        previousLink: String? = nil,
        baseURL: String,
        form: Form = .search,
        people: [Person],
        matches: [Match],
        outcomes: [OperationOutcome] = []
    ) {
        self.total = total
        self.selfLink = selfLink
        self.nextLink = nextLink
        self.previousLink = previousLink
        self.baseURL = baseURL
        self.form = form
        self.people = people
        self.matches = matches
        self.outcomes = outcomes
    }
}
