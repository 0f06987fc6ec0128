extension BusinessAcknowledgement {
    /// Appends the header of the CSV file, which alone is the whole file if no row failed.
    package func beginCSV(into output: inout [UInt8]) {
        let columns =
            "MESSAGE_HEADER_ID|HEADER_RESPONSE_CODE|ISSUE_SEVERITY|ISSUE_CODE|ISSUE_DETAILS_CODE|RESPONSE_TYPE|"
            + "RESPONSE_CODE|RESPONSE_DISPLAY|RECEIVED_TIME|MAILBOX_FROM|LOCAL_ID|IMMS_ID|OPERATION_OUTCOME|MESSAGE_DELIVERY"
        output += columns.utf8
        output.append(UInt8(ascii: "\n"))
    }

    /// Appends the line of one failed row.
    package func appendCSV(_ failure: RowFailure, into output: inout [UInt8]) {
        let fields = [
            "\(messageIDText)^\(failure.rowNumber)", "Fatal Error", Self.severity, "Fatal Error", Self.responseCode,
            "Business", Self.responseCode, Self.responseDisplay, FeedTimestamp(utcMicroseconds: received).text, "",
            AcknowledgementText.csvField(failure.localID), "",
            AcknowledgementText.csvField(AcknowledgementText.oneLine(failure.operationOutcome)), "False",
        ]
        output += fields.joined(separator: "|").utf8
        output.append(UInt8(ascii: "\n"))
    }
}
