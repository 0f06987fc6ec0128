/// One thing found in one row, or in one Immunization, which keeps the same rules (csv-feed.md §7).
///
/// It names columns and limits, never a value; only `DUPLICATE` and `NOT_FOUND` carry the record's identifier, as the
/// national service's texts do.
package struct RowFinding: Sendable, Hashable {
    /// Whether a finding rejects its row.
    package enum Severity: String, Sendable, Hashable {
        case error, warning
    }

    /// What is wrong.
    package let kind: RowFindingKind
    /// Where, if it is about one column.
    package let column: FeedColumn?
    /// The wording of the national service where it has one.
    package let text: String

    /// A finding with its text.
    package init(kind: RowFindingKind, column: FeedColumn?, text: String) {
        self.kind = kind
        self.column = column
        self.text = text
    }

    /// Whether the finding rejects its row.
    package var severity: Severity { kind.severity }

    /// A sentence that says what the sender can do.
    package var advice: String { kind.advice(for: column) }

    /// The texts of a row's errors as one OPERATION_OUTCOME.
    ///
    /// Texts about the values are joined after one `Validation errors: `; a text that several columns share stands
    /// once. The texts that end a row at once, and a model error that is alone, stand by themselves.
    package static func operationOutcome(of findings: [RowFinding]) -> String {
        var seen: Set<String> = []
        let errors = findings.filter { $0.severity == .error && seen.insert($0.text).inserted }
        if let only = errors.first, errors.count == 1, only.standsAlone { return only.text }
        return "Validation errors: " + errors.map(\.text).joined(separator: "; ")
    }

    private var standsAlone: Bool {
        switch kind {
        case .actionFlag, .noPermission, .uniqueIDMissing, .duplicate, .notFound, .syntax, .controlCharacter, .internal,
            .codeFormat, .model:
            true
        case .mandatory: column == .dateAndTime
        default: false
        }
    }
}
