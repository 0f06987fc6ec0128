package import Foundation

/// The InfAck: whether a file arrived and passed the file-level checks (csv-feed §8.1).
///
/// Sent once a file, before any row is processed. It never says why a file failed; that is in the audit record.
package struct InfrastructureAcknowledgement: Sendable, Hashable {
    /// The file's message id.
    package let messageID: UUID
    /// The received name without its extension.
    package let base: String
    /// When the file arrived: microseconds since 1970, UTC.
    package let received: Int64
    /// Whether the rows will be processed.
    package let isSuccess: Bool

    /// An acknowledgement of one file.
    package init(messageID: UUID, base: String, received: Int64, isSuccess: Bool) {
        self.messageID = messageID
        self.base = base
        self.received = received
        self.isSuccess = isSuccess
    }

    /// `<base>_InfAck_<received>.csv`.
    package var fileName: String { "\(base)_InfAck_\(FeedTimestamp(utcMicroseconds: received)).csv" }

    /// Header and one row, CRLF line ends.
    package var csv: [UInt8] {
        let stamp = FeedTimestamp(utcMicroseconds: received).text
        let values =
            isSuccess
            ? ["Success", "Information", "OK", "20013", "Technical", "20013", "Success", stamp, "", "", "True"]
            : [
                "Failure", "Fatal", "Fatal Error", "10001", "Technical", "10002",
                "Infrastructure Level Response Value - Processing Error", stamp, "", "", "False",
            ]
        let row = [messageID.uuidString.lowercased()] + values
        return Array("\(Self.header)\r\n\(row.joined(separator: "|"))\r\n".utf8)
    }

    private static let header =
        "MESSAGE_HEADER_ID|HEADER_RESPONSE_CODE|ISSUE_SEVERITY|ISSUE_CODE|ISSUE_DETAILS_CODE|RESPONSE_TYPE|"
        + "RESPONSE_CODE|RESPONSE_DISPLAY|RECEIVED_TIME|MAILBOX_FROM|LOCAL_ID|MESSAGE_DELIVERY"
}
