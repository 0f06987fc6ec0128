package import FHIR

/// A page of a search, and what lies around it.
package struct HistoryPage: Sendable {
    /// A record on the page.
    package struct Match: Sendable {
        package var record: StoredImmunization
        /// The record's resource, read.
        package var resource: JSONValue

        package init(record: StoredImmunization, resource: JSONValue) {
            self.record = record
            self.resource = resource
        }
    }

    /// Where a page begins.
    package enum Start: Sendable, Hashable {
        case first
        case after(HistoryPosition)
    }

    /// Matches over all pages.
    package let total: Int
    package let matches: [Match]
    /// Where the next page begins; nil on the last.
    package let next: HistoryPosition?
    /// How many matches lie before the page.
    private let start: Int
    private let found: [HistoryPosition]

    /// Nothing was found.
    package static let empty = HistoryPage(found: [], start: 0, matches: [])

    init(found: [HistoryPosition], start: Int, matches: [Match]) {
        total = found.count
        self.start = start
        self.found = found
        self.matches = matches
        let end = start + matches.count
        next = matches.isEmpty || end >= found.count ? nil : found[end - 1]
    }

    /// Where the page before begins, with so many matches a page; nil on the first.
    package func previous(count: Int) -> Start? {
        guard start > 0, count > 0 else { return nil }
        return start <= count ? .first : .after(found[start - count - 1])
    }
}

extension HistoryPage {
    /// A page of one record, found by what its supplier calls it.
    ///
    /// Throws a ``VaccinationError`` for a stored resource that is not JSON.
    package init(only record: StoredImmunization) throws(VaccinationError) {
        let resource: JSONValue
        do { resource = try JSONValue(parsing: record.resource) } catch { throw .json(error) }
        self.init(
            found: [HistoryPosition(time: 0, id: record.id)],
            start: 0,
            matches: [Match(record: record, resource: resource)]
        )
    }
}
