import FHIR

/// A search for one page of records.
package struct HistorySearch: Sendable {
    package var selection: HistorySelection
    package var filter: HistoryFilter
    /// Matches on a page at most; 0 only counts.
    package var count: Int
    /// The page begins after this place; nil for the first page.
    package var after: HistoryPosition?

    package init(selection: HistorySelection, filter: HistoryFilter, count: Int, after: HistoryPosition? = nil) {
        self.selection = selection
        self.filter = filter
        self.count = count
        self.after = after
    }

    /// Reads the page.
    ///
    /// Every candidate is looked at for every page, since the total counts all of them: what an index finds of one person is
    /// a handful. However many there are, they pass through in pieces.
    ///
    /// - Parameters:
    ///   - store: Where records are.
    ///   - now: The time of the search, in microseconds since 1970-01-01 00:00 UTC.
    /// - Returns: The page.
    /// - Throws: What the store throws, and ``VaccinationError`` for a stored resource that is not JSON.
    package func page(from store: some HistoryStore, now: Int64) async throws -> HistoryPage {
        var found: [HistoryPosition] = []
        var matches: [HistoryPage.Match] = []
        var start: Int?
        var last: HistoryPosition?
        while true {
            let candidates = try await store.records(selection, after: last, limit: Self.piece)
            for candidate in candidates {
                let resource: JSONValue
                do { resource = try JSONValue(parsing: candidate.record.resource) } catch {
                    throw VaccinationError.json(error)
                }
                guard filter.accepts(resource, now: now) else { continue }
                found.append(candidate.position)
                if let after, !candidate.position.follows(after, in: selection.order) { continue }
                start = start ?? found.count - 1
                if matches.count < count {
                    matches.append(HistoryPage.Match(record: candidate.record, resource: resource))
                }
            }
            last = candidates.last?.position
            if candidates.count < Self.piece { break }
        }
        return HistoryPage(found: found, start: start ?? found.count, matches: matches)
    }

    private static let piece = 500
}
