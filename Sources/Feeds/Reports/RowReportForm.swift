import Vaccination

/// How a feed's full report is written: row by row, so that it can be streamed.
package enum RowReportForm: String, Sendable, CaseIterable {
    /// A JSON array with an object a line.
    case json
    /// Comma-separated values (RFC 4180), a line a row.
    case csv

    /// The media type.
    package var mediaType: String {
        switch self {
        case .json: "application/json"
        case .csv: "text/csv; charset=utf-8; header=present"
        }
    }

    /// The names of the CSV's columns, in their order.
    package static let columns = [
        "row", "outcome", "unique_id", "unique_id_uri", "record_id", "version", "codes", "columns", "diagnostics",
        "advice",
    ]

    /// Appends what stands before the first row.
    package func begin(into output: inout [UInt8]) {
        switch self {
        case .json: output.append(UInt8(ascii: "["))
        case .csv: output += (Self.columns.joined(separator: ",") + "\r\n").utf8
        }
    }

    /// Appends one row.
    ///
    /// - Parameters:
    ///   - row: The row.
    ///   - isFirst: Whether it is the report's first one.
    ///   - output: Where to write.
    package func append(_ row: RowReport, isFirst: Bool, into output: inout [UInt8]) {
        switch self {
        case .json:
            output += isFirst ? "\n".utf8 : ",\n".utf8
            Self.appendJSON(row, to: &output)
        case .csv: Self.appendCSV(row, to: &output)
        }
    }

    /// Appends what stands after the last row.
    package func end(into output: inout [UInt8]) {
        if self == .json { output += "\n]\n".utf8 }
    }

    private static func appendJSON(_ row: RowReport, to output: inout [UInt8]) {
        output += #"{"row":"#.utf8
        output += String(row.rowNumber).utf8
        output += #","outcome":"\#(row.outcome.rawValue)""#.utf8
        append(#","uniqueID":"#, row.uniqueID, to: &output)
        append(#","uniqueIDURI":"#, row.uniqueIDURI, to: &output)
        append(#","recordID":"#, row.recordID?.description, to: &output)
        if let version = row.version { output += #","version":\#(version)"#.utf8 }
        output += #","findings":["#.utf8
        for (index, finding) in row.findings.enumerated() {
            output += (index > 0 ? #",{"code":"# : #"{"code":"#).utf8
            AcknowledgementText.appendJSON(finding.code, to: &output)
            append(#","severity":"#, finding.severity.rawValue, to: &output)
            append(#","column":"#, finding.column, to: &output)
            append(#","diagnostics":"#, finding.diagnostics, to: &output)
            append(#","advice":"#, finding.advice, to: &output)
            output.append(UInt8(ascii: "}"))
        }
        output += "]}".utf8
    }

    private static func append(_ name: StaticString, _ value: String?, to output: inout [UInt8]) {
        guard let value else { return }
        name.withUTF8Buffer { output += $0 }
        AcknowledgementText.appendJSON(value, to: &output)
    }

    private static func appendCSV(_ row: RowReport, to output: inout [UInt8]) {
        output += String(row.rowNumber).utf8
        output.append(UInt8(ascii: ","))
        output += row.outcome.rawValue.utf8
        let findings = row.findings
        let version = row.version.map { String($0) } ?? ""
        let recordID = row.recordID?.description ?? ""
        let codes = findings.map(\.code).joined(separator: "; ")
        let columns = findings.map { $0.column ?? "-" }.joined(separator: "; ")
        let diagnostics = findings.map(\.diagnostics).joined(separator: "; ")
        let advice = findings.map(\.advice).joined(separator: " ")
        let fields: [String] = [
            row.uniqueID ?? "", row.uniqueIDURI ?? "", recordID, version, codes, columns, diagnostics, advice,
        ]
        for field in fields {
            output.append(UInt8(ascii: ","))
            appendField(field, to: &output)
        }
        output += "\r\n".utf8
    }

    private static func appendField(_ text: String, to output: inout [UInt8]) {
        let mustQuote = text.utf8.contains { byte in
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\r"), UInt8(ascii: "\n"): true
            default: false
            }
        }
        guard mustQuote else { return output += text.utf8 }
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { output.append(byte) }
            output.append(byte)
        }
        output.append(UInt8(ascii: "\""))
    }
}
