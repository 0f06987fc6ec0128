package import Vaccination

/// What a trace begins with.
package enum TraceStart: Sendable, Hashable {
    /// Everything of a patient.
    case patient(NHSNumber)
    /// The record with this id, or with this identifier in any system.
    case name(String)
    /// The record with this identifier.
    case identifier(RecordIdentifier)
}

/// What was found.
package struct TraceResult: Sendable, Codable {
    package var records: [Trace]
    /// Rows with the identifier that were refused; their records may not be there.
    package var rejectedRows: [TracedRow]
    /// What was not looked for, because it would take too long, and what to ask instead.
    package var remarks: [String]

    package init(records: [Trace] = [], rejectedRows: [TracedRow] = [], remarks: [String] = []) {
        self.records = records
        self.rejectedRows = rejectedRows
        self.remarks = remarks
    }
}

/// Where ways are traced; implemented on PostgreSQL.
package protocol TraceStore: Sendable {
    /// The way of every record that the start leads to, a hundred at most.
    func trace(_ start: TraceStart) async throws -> TraceResult
}
