/// The acknowledgement files of a received file (csv-feed §8).
package enum AcknowledgementKind: Sendable, Hashable, CaseIterable {
    /// The InfAck: did the file arrive and pass the checks of the file?
    case infrastructure
    /// The BusAck as CSV: the rows that failed.
    case businessCSV
    /// The BusAck as JSON.
    case businessJSON
}

/// Why an acknowledgement file is not there; not yet, or never.
package enum AcknowledgementMissing: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file is not complete yet.
    case fileNotChecked
    /// Some rows have no outcome yet.
    case rowsPending
    /// Files that are passed on unchanged are not acknowledged (csv-feed §11).
    case passedOn
    /// No row was read: the file failed as a whole, is a duplicate, or has no rows (csv-feed §8.2).
    case noRows
    /// The file was cancelled before all of its rows had an outcome.
    case cancelled

    /// A sentence for who asked.
    package var description: String {
        switch self {
        case .fileNotChecked: "The file is still on its way; it is acknowledged when all of it is here."
        case .passedOn: "Extended attributes files are passed on unchanged and not acknowledged."
        case .rowsPending: "The rows have not all got their outcome yet."
        case .cancelled:
            "The file was cancelled, so there is no acknowledgement of its rows; /feeds/{id}/rows shows those that were done."
        case .noRows: "The file had no rows that were read; only its inf-ack is there."
        }
    }
}
