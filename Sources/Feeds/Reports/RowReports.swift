/// A feed's full report as a sequence of pages, read from the store as they are taken: memory stays at a page.
package struct RowReports<Store: FeedStore>: AsyncSequence, Sendable {
    package typealias Element = [RowReport]

    private let store: Store
    private let id: FeedID
    private let outcomes: Set<RowOutcome>
    private let after: Int64
    private let limit: Int

    /// The rows of a feed that have their outcome by now, in file order.
    ///
    /// - Parameters:
    ///   - id: The feed.
    ///   - store: Where it is kept.
    ///   - outcomes: Only rows that came to one of these.
    ///   - after: Only rows with a greater number.
    ///   - limit: How many rows at most.
    package init(
        of id: FeedID,
        in store: Store,
        outcomes: Set<RowOutcome> = Set(RowOutcome.allCases),
        after: Int64 = 0,
        limit: Int = .max
    ) {
        self.store = store
        self.id = id
        self.outcomes = outcomes
        self.after = after
        self.limit = limit
    }

    package func makeAsyncIterator() -> Iterator { Iterator(reports: self) }

    /// Reads one page after the other.
    package struct Iterator: AsyncIteratorProtocol {
        private let reports: RowReports
        /// Nil at the end.
        private var position: Int64?
        private var room: Int

        fileprivate init(reports: RowReports) {
            self.reports = reports
            position = reports.after
            room = reports.limit
        }

        package mutating func next() async throws -> [RowReport]? {
            while let after = position, room > 0 {
                let page = try await reports.page(after: after, limit: room)
                position = page.through
                guard !page.rows.isEmpty else { continue }
                let rows = page.rows.count > room ? Array(page.rows.prefix(room)) : page.rows
                room -= rows.count
                return rows
            }
            return nil
        }
    }

    private func page(after row: Int64, limit: Int) async throws -> RowReportPage {
        guard outcomes != [.rejected] else {
            // Rejected rows can be had alone, without passing over millions of accepted ones.
            let rows = try await store.rejectedRows(of: id, after: row, limit: Swift.min(limit, 1000))
            return RowReportPage(rows: rows.map(RowReport.init), through: rows.last?.rowNumber)
        }
        var page = try await store.report(of: id, after: row)
        if outcomes.count < RowOutcome.allCases.count { page.rows.removeAll { !outcomes.contains($0.outcome) } }
        return page
    }
}
