package import Vaccination

/// What a row came to.
package enum RowOutcome: String, Sendable, Hashable, CaseIterable {
    case created, updated, reinstated, deleted, rejected
}

/// One line of a feed's full report: a row, and what became of it.
package struct RowReport: Sendable, Hashable {
    /// Position among the data records, from 1.
    package var rowNumber: Int64
    package var outcome: RowOutcome
    /// System and value of the row's identifier, where it had one.
    package var uniqueIDURI: String?
    package var uniqueID: String?
    /// The record; nil for a rejected row.
    package var recordID: RecordID?
    /// The record's version after the row; nil for a rejected row.
    package var version: Int32?
    /// Why it was rejected, or the warnings about it.
    package var findings: [StoredFinding]

    package init(
        rowNumber: Int64,
        outcome: RowOutcome,
        uniqueIDURI: String?,
        uniqueID: String?,
        recordID: RecordID? = nil,
        version: Int32? = nil,
        findings: [StoredFinding] = []
    ) {
        self.rowNumber = rowNumber
        self.outcome = outcome
        self.uniqueIDURI = uniqueIDURI
        self.uniqueID = uniqueID
        self.recordID = recordID
        self.version = version
        self.findings = findings
    }

    /// The report of a rejected row.
    package init(_ row: RejectedRow) {
        self.init(
            rowNumber: row.rowNumber,
            outcome: .rejected,
            uniqueIDURI: row.uniqueIDURI,
            uniqueID: row.uniqueID,
            findings: row.findings
        )
    }
}

/// A stretch of a feed's report.
package struct RowReportPage: Sendable {
    /// The rows, in file order.
    package var rows: [RowReport]
    /// The row number up to which the stretch is complete; nil when there is no more to report, yet or ever.
    package var through: Int64?

    package init(rows: [RowReport], through: Int64?) {
        self.rows = rows
        self.through = through
    }
}
