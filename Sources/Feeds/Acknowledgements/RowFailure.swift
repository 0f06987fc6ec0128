package import Vaccination

/// A rejected row as the business acknowledgement lists it (csv-feed §8.2).
package struct RowFailure: Sendable, Hashable {
    /// One fault, for machines.
    package struct Diagnostic: Sendable, Hashable {
        /// The column, if the fault is about one.
        package let column: FeedColumn?
        /// What is wrong.
        package let kind: RowFindingKind

        /// A fault.
        package init(column: FeedColumn?, kind: RowFindingKind) {
            self.column = column
            self.kind = kind
        }
    }

    /// Position among the data records, from 1.
    package let rowNumber: Int64
    /// `<UNIQUE_ID>^<UNIQUE_ID_URI>`; a missing part is empty.
    package let localID: String
    /// What is wrong, in the national service's words.
    package let operationOutcome: String
    /// The faults one by one.
    package let diagnostics: [Diagnostic]

    /// A failure as it was kept.
    package init(rowNumber: Int64, localID: String, operationOutcome: String, diagnostics: [Diagnostic]) {
        self.rowNumber = rowNumber
        self.localID = localID
        self.operationOutcome = operationOutcome
        self.diagnostics = diagnostics
    }

    /// The failure a row's findings amount to; warnings are left out.
    package init(rowNumber: Int64, identifier: RecordIdentifier?, findings: [RowFinding]) {
        self.init(
            rowNumber: rowNumber,
            localID: Self.localID(of: identifier),
            operationOutcome: RowFinding.operationOutcome(of: findings),
            diagnostics: findings.filter { $0.severity == .error }.map { Diagnostic(column: $0.column, kind: $0.kind) }
        )
    }

    /// `<UNIQUE_ID>^<UNIQUE_ID_URI>`.
    package static func localID(of identifier: RecordIdentifier?) -> String {
        "\(identifier?.value ?? "")^\(identifier?.system ?? "")"
    }

    /// The failure of a row as it was stored.
    package init(_ row: RejectedRow) {
        let findings = row.findings.compactMap { finding -> RowFinding? in
            guard let kind = RowFindingKind(rawValue: finding.code) else { return nil }
            return RowFinding(
                kind: kind,
                column: finding.column.flatMap { FeedColumn(header: $0) },
                text: finding.diagnostics
            )
        }
        self.init(
            rowNumber: row.rowNumber,
            identifier: RecordIdentifier(system: row.uniqueIDURI ?? "", value: row.uniqueID ?? ""),
            findings: findings
        )
    }
}
