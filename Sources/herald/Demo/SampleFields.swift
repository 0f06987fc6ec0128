/// One row's values as they stand in the file; a column that is not set is empty.
package struct SampleFields: Hashable, Sendable {
    private(set) var values = Array(repeating: "", count: SampleColumn.allCases.count)

    /// The value of one column.
    package subscript(column: SampleColumn) -> String {
        get { values[column.index] }
        set { values[column.index] = newValue }
    }

    /// Appends the row as the published format has it: every field quoted, CR and LF at the end (csv-feed §3).
    func append(to bytes: inout [UInt8]) {
        bytes += Self.quoted(values) + Self.rowEnd
    }

    /// The fields from one column to another, quoted and separated.
    func quoted(_ first: SampleColumn, through last: SampleColumn) -> [UInt8] {
        Self.quoted(values[first.index...last.index])
    }

    /// Appends the header row.
    static func appendHeader(to bytes: inout [UInt8]) {
        bytes += quoted(SampleColumn.allCases.map(\.rawValue)) + rowEnd
    }

    static let rowEnd = Array("\r\n".utf8)

    private static func quoted(_ values: some Sequence<String>) -> [UInt8] {
        let fields = values.map { value in
            "\"" + value.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
        }
        return Array(fields.joined(separator: "|").utf8)
    }
}
