package import Feeds
import Foundation
import Postgres

extension PostgresStore {
    /// Batches of each writer read together.
    private static let batchesAPage = 4
    /// Rows with findings read together.
    private static let findingsAPage = 5000

    package func rejectedRows(of id: FeedID, after rowNumber: Int64, limit: Int) async throws -> [RejectedRow] {
        let rows = try await pool.query(
            """
            SELECT row_number, rejected, unique_id_uri, unique_id, findings FROM feed_row
            WHERE feed_id = $1 AND row_number > $2 AND rejected ORDER BY row_number LIMIT $3
            """,
            [.uuid(id.uuid), .int8(rowNumber), .int8(Int64(limit))]
        )
        return try rows.map(Self.rejectedRow)
    }

    package func report(of id: FeedID, after rowNumber: Int64) async throws -> RowReportPage {
        let batches = try await batches(of: id, after: rowNumber)
        guard let feed = batches.first else { return RowReportPage(rows: [], through: nil) }
        // Each writer is at a place of its own: the page ends where the first of them has no more to say.
        let status: FeedStatus = try feed.choice("status")
        var end = status.isFinal ? .max : try feed.decode("applied", as: Int64?.self) ?? 0
        var lastOfWriter: [Int16: (batches: Int, row: Int64)] = [:]
        for row in batches {
            guard let writer = try row.decode("writer", as: Int16?.self) else { continue }
            lastOfWriter[writer] = (
                (lastOfWriter[writer]?.batches ?? 0) + 1, try row.decode("last_row", as: Int64.self)
            )
        }
        for last in lastOfWriter.values where last.batches == Self.batchesAPage { end = min(end, last.row) }
        guard end > rowNumber else { return RowReportPage(rows: [], through: nil) }

        let found = try await pool.query(
            """
            SELECT row_number, rejected, unique_id_uri, unique_id, findings FROM feed_row
            WHERE feed_id = $1 AND row_number > $2 AND row_number <= $3 ORDER BY row_number LIMIT $4
            """,
            [.uuid(id.uuid), .int8(rowNumber), .int8(end), .int8(Int64(Self.findingsAPage))]
        ).map(Self.foundRow)
        if found.count == Self.findingsAPage, let last = found.last { end = last.row.rowNumber }
        let warnings = Dictionary(
            uniqueKeysWithValues: found.lazy.filter { !$0.isRejected }.map { ($0.row.rowNumber, $0.row.findings) }
        )
        var rows = found.filter(\.isRejected).map { RowReport($0.row) }
        for row in batches where try row.decode("writer", as: Int16?.self) != nil {
            rows += try BatchOutcomes.rows(in: row, after: rowNumber, through: end, findings: warnings)
        }
        rows.sort { $0.rowNumber < $1.rowNumber }
        return RowReportPage(rows: rows, through: end == .max ? nil : end)
    }

    /// The next batches of each writer and, in the same snapshot, how far the feed is applied; one row without a batch if
    /// there is none.
    private func batches(of id: FeedID, after rowNumber: Int64) async throws -> PostgresResult {
        try await pool.query(
            """
            SELECT f.status, (SELECT min(row_number) FROM feed_checkpoint WHERE feed_id = f.id) AS applied,
                o.writer, o.last_row, o.row_numbers, o.outcomes, o.versions, o.record_ids, o.unique_id_uris, o.unique_ids
            FROM feed f LEFT JOIN LATERAL (
                SELECT b.* FROM generate_series(0, f.writers - 1) w CROSS JOIN LATERAL (
                    SELECT * FROM feed_outcome
                    WHERE feed_id = f.id AND writer = w AND last_row > $2 ORDER BY last_row LIMIT $3
                ) b
            ) o ON true
            WHERE f.id = $1
            ORDER BY o.writer, o.last_row
            """,
            [.uuid(id.uuid), .int8(rowNumber), .int8(Int64(Self.batchesAPage))]
        )
    }

    private static func rejectedRow(_ row: PostgresRow) throws -> RejectedRow { try foundRow(row).row }

    private static func foundRow(_ row: PostgresRow) throws -> (isRejected: Bool, row: RejectedRow) {
        let findings = try row.decode("findings", as: String.self)
        return (
            try row.decode("rejected", as: Bool.self),
            RejectedRow(
                rowNumber: try row.decode("row_number", as: Int64.self),
                uniqueIDURI: try row.decode("unique_id_uri", as: String?.self),
                uniqueID: try row.decode("unique_id", as: String?.self),
                findings: try JSONDecoder().decode([StoredFinding].self, from: Data(findings.utf8))
            )
        )
    }
}
