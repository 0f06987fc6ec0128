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
    /// The header has not been looked at yet.
    case fileNotChecked
    /// Some rows have no outcome yet.
    case rowsPending
    /// No row was read: the file failed as a whole, is a duplicate, or has no rows (csv-feed §8.2).
    case noRows

    /// A sentence for who asked.
    package var description: String {
        switch self {
        case .fileNotChecked: "The file waits for its turn; it is acknowledged when its header has been read."
        case .rowsPending: "The rows have not all got their outcome yet."
        case .noRows: "The file had no rows that were read; only its inf-ack is there."
        }
    }
}
