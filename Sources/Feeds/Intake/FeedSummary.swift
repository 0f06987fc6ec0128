package import Foundation
package import Vaccination

/// Where a received file stands.
package struct FeedSummary: Sendable, Hashable {
    package var id: FeedID
    /// The name as received.
    package var name: String
    package var vaccineType: String?
    package var supplier: String?
    /// The API client that sent it.
    package var client: String
    package var status: FeedStatus
    /// Why the file failed, in a sentence that says what to do.
    package var reason: String?
    package var receivedAt: Date
    package var startedAt: Date?
    package var finishedAt: Date?
    /// Size of the content received.
    package var bytes: Int64
    /// How much of the content has been read and applied.
    package var appliedBytes: Int64
    /// Whether the file passed the checks of the file, as its InfAck says.
    package var isAccepted: Bool
    /// Data rows in the file; known when it has been read to its end.
    package var totalRows: Int64?
    package var counts: RowCounts
    /// The row at which a halted feed stands, where it is one row's doing.
    package var haltedRow: Int64?
    /// Whether an operator stopped the feed's queue.
    package var isQueuePaused: Bool

    package init(
        id: FeedID,
        name: String,
        vaccineType: String?,
        supplier: String?,
        client: String,
        status: FeedStatus,
        reason: String? = nil,
        receivedAt: Date,
        startedAt: Date? = nil,
        finishedAt: Date? = nil,
        bytes: Int64,
        appliedBytes: Int64 = 0,
        isAccepted: Bool = false,
        totalRows: Int64? = nil,
        counts: RowCounts = RowCounts(),
        haltedRow: Int64? = nil,
        isQueuePaused: Bool = false
    ) {
        self.id = id
        self.name = name
        self.vaccineType = vaccineType
        self.supplier = supplier
        self.client = client
        self.status = status
        self.reason = reason
        self.receivedAt = receivedAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.bytes = bytes
        self.appliedBytes = appliedBytes
        self.isAccepted = isAccepted
        self.totalRows = totalRows
        self.counts = counts
        self.haltedRow = haltedRow
        self.isQueuePaused = isQueuePaused
    }

    /// The received name without its extension, which acknowledgements are named after.
    package var baseName: String { name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name }
}

/// How many rows had which outcome.
package struct RowCounts: Sendable, Hashable {
    package var created: Int64 = 0
    package var updated: Int64 = 0
    package var reinstated: Int64 = 0
    package var deleted: Int64 = 0
    package var rejected: Int64 = 0
    /// Accepted rows with warnings; each is counted under its effect too.
    package var warned: Int64 = 0

    package init() {}

    package var accepted: Int64 { created + updated + reinstated + deleted }

    /// Counts one row.
    package mutating func count(_ effect: RowEffect) {
        switch effect {
        case .created: created += 1
        case .updated: updated += 1
        case .reinstated: reinstated += 1
        case .deleted: deleted += 1
        case .rejected: rejected += 1
        }
    }
}

/// A row that was refused, with everything found in it.
package struct RejectedRow: Sendable, Hashable {
    package var rowNumber: Int64
    /// System and value of the row's identifier, where it had one.
    package var uniqueIDURI: String?
    package var uniqueID: String?
    package var findings: [StoredFinding]

    package init(rowNumber: Int64, uniqueIDURI: String?, uniqueID: String?, findings: [StoredFinding]) {
        self.rowNumber = rowNumber
        self.uniqueIDURI = uniqueIDURI
        self.uniqueID = uniqueID
        self.findings = findings
    }
}

/// A finding as it is kept and shown.
package struct StoredFinding: Sendable, Hashable, Codable {
    /// The machine kind of `csv-feed.md` §7.
    package var code: String
    /// The column's header, where one is at fault.
    package var column: String?
    /// The text of the acknowledgement.
    package var diagnostics: String
    /// What to do about it.
    package var advice: String

    package init(code: String, column: String?, diagnostics: String, advice: String) {
        self.code = code
        self.column = column
        self.diagnostics = diagnostics
        self.advice = advice
    }

    /// Whether the finding rejects its row.
    package var severity: RowFinding.Severity { RowFindingKind(rawValue: code)?.severity ?? .error }

    package init(_ finding: RowFinding) {
        self.init(
            code: finding.kind.rawValue,
            column: finding.column?.header,
            // A text that quotes the row's identifier may hold U+0000, which jsonb cannot.
            diagnostics: finding.text.replacing("\0", with: "\u{FFFD}"),
            advice: finding.advice
        )
    }
}
