import Foundation

/// Standard output of the commands.
enum Console {
    /// Writes a line.
    ///
    /// When nobody reads any more (`… | head`), the command ends there, quietly.
    static func line(_ text: String = "") {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
        } catch {
            exit(128 + SIGPIPE)
        }
    }

    /// Writes a line to standard error.
    static func complain(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }

    /// A number with its noun: `1 row`, `2 rows`.
    static func count(_ number: some BinaryInteger, _ noun: String) -> String {
        number == 1 ? "1 \(noun)" : "\(number) \(noun)s"
    }

    /// Writes a value as JSON on one line.
    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        line(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Writes rows under headings, each column as wide as its widest cell.
    static func table(_ headings: [String], _ rows: [[String]]) {
        let all = [headings] + rows
        let widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        for row in all {
            let cells = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
            line(cells.joined(separator: "  ").trimmingCharacters(in: .whitespaces))
        }
    }
}
