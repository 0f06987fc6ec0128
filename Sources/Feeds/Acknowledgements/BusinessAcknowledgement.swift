package import Foundation

/// The BusAck: the rows of a file that had no effect, as a CSV and a JSON file (csv-feed §8.2).
///
/// Both are written in pieces, so that a file with a million failures needs no more memory than one: begin, append
/// every failure in row order, end.
package struct BusinessAcknowledgement: Sendable, Hashable {
    /// How the rows of a file came out.
    package struct Summary: Sendable, Hashable {
        /// Data records in the file.
        package let totalRecords: Int64
        /// Rejected rows, however many faults each has.
        package let failed: Int64
        /// When the first row was processed: microseconds since 1970, UTC.
        package let ingestionStart: Int64
        /// When the last row was processed: microseconds since 1970, UTC.
        package let ingestionEnd: Int64

        /// Rows that had an effect.
        package var succeeded: Int64 { totalRecords - failed }

        /// A summary of a file's rows.
        package init(totalRecords: Int64, failed: Int64, ingestionStart: Int64, ingestionEnd: Int64) {
            self.totalRecords = totalRecords
            self.failed = failed
            self.ingestionStart = ingestionStart
            self.ingestionEnd = ingestionEnd
        }
    }

    /// The file's message id.
    package let messageID: UUID
    /// The received name without its extension.
    package let base: String
    /// When the file arrived: microseconds since 1970, UTC.
    package let received: Int64
    /// The supplier's name.
    package let supplier: String

    /// An acknowledgement of one file's rows.
    package init(messageID: UUID, base: String, received: Int64, supplier: String) {
        self.messageID = messageID
        self.base = base
        self.received = received
        self.supplier = supplier
    }

    /// `<base>_BusAck_<received>.csv`.
    package var csvFileName: String { "\(base)_BusAck_\(FeedTimestamp(utcMicroseconds: received)).csv" }

    /// `<base>_BusAck_<received>.json`.
    package var jsonFileName: String { "\(base)_BusAck_\(FeedTimestamp(utcMicroseconds: received)).json" }

    var messageIDText: String { messageID.uuidString.lowercased() }

    static let responseCode = "30002"
    static let responseDisplay = "Business Level Response Value - Processing Error"
    static let severity = "Fatal"
}
