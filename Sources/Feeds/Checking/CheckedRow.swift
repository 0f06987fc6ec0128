package import Vaccination

/// A row that passed every check which needs no store (csv-feed §5).
package enum CheckedRow: Sendable {
    /// A complete record to create or to replace; the action is never `delete`.
    case record(VaccinationRecord, ActionFlag)
    /// A DELETE; nothing but the identity was read.
    case removal(RecordIdentifier, RecordID)

    /// The record the row is about.
    package var id: RecordID {
        switch self {
        case .record(let record, _): record.id
        case .removal(_, let id): id
        }
    }

    /// What the row asks for.
    package var action: ActionFlag {
        switch self {
        case .record(_, let action): action
        case .removal: .delete
        }
    }

    /// What the supplier calls the record.
    package var identifier: RecordIdentifier {
        switch self {
        case .record(let record, _): record.identifier
        case .removal(let identifier, _): identifier
        }
    }
}

/// What the checks made of a row.
package enum RowCheckResult: Sendable {
    /// The row may go to the store; warnings are shown in the report and change nothing.
    case accepted(CheckedRow, warnings: [RowFinding])
    /// The row has no effect. The identifier is nil only if neither of its columns could be read or has a value; one
    /// of its two parts may be empty.
    case rejected([RowFinding], identifier: RecordIdentifier?)
}
