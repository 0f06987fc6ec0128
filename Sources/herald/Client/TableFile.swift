import Foundation

/// A CSV file that is read line by line, however long it is: a header with column names, then a row a line; fields hold
/// neither commas nor quotes.
struct TableFile {
    /// A row: its line number from 1, and its fields by column.
    struct Row {
        let line: Int
        let fields: [String: Substring]
    }

    private static let pieceSize = 1 << 20

    let path: String
    /// The columns the header names, in file order.
    let columns: [String]
    private let handle: FileHandle
    private var buffer = Data()
    private var line = 0

    /// Opens the file and reads its header.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - required: The column that must be there, first.
    ///   - optional: The columns that may be there, in any order.
    /// - Throws: ``CommandFailure`` that says what the header must be.
    init(_ path: String, required: String, optional: [String]) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw CommandFailure("\(path) cannot be read") }
        self.path = path
        self.handle = handle
        var reader = TableFile(path: path, handle: handle)
        let names =
            try reader.nextLine()?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
        let isRight = names.first == required && names.count > 1 && Set(names).count == names.count
        guard isRight, names.dropFirst().allSatisfy(optional.contains) else {
            throw CommandFailure(
                "\(path) must begin with a line of column names: \(required), and then of \(optional.joined(separator: ", "))"
                    + " those that it has"
            )
        }
        (columns, buffer, line) = (names, reader.buffer, reader.line)
    }

    private init(path: String, handle: FileHandle) {
        self.path = path
        self.handle = handle
        columns = []
    }

    /// The next row that is not empty; nil at the end.
    ///
    /// - Returns: The row.
    /// - Throws: ``CommandFailure`` with the line at fault, never with its content.
    mutating func next() throws -> Row? {
        while let text = try nextLine() {
            if text.isEmpty { continue }
            let fields = text.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count == columns.count else {
                throw failure(line, "expected \(columns.count) fields, as many as the header has")
            }
            return Row(line: line, fields: Dictionary(zip(columns, fields)) { first, _ in first })
        }
        return nil
    }

    /// Why a line cannot be used.
    func failure(_ line: Int, _ reason: String) -> CommandFailure { CommandFailure("\(path), line \(line): \(reason)") }

    private mutating func nextLine() throws -> String? {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                defer { buffer = buffer[(end + 1)...] }
                return try text(buffer[..<end])
            }
            guard let piece = try handle.read(upToCount: Self.pieceSize), !piece.isEmpty else {
                guard !buffer.isEmpty else { return nil }
                defer { buffer = Data() }
                return try text(buffer)
            }
            buffer = Data(buffer) + piece
        }
    }

    private mutating func text(_ bytes: Data) throws -> String {
        line += 1
        let bytes = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
        guard let text = String(validating: bytes, as: UTF8.self) else { throw failure(line, "is not UTF-8 text") }
        return text
    }
}
