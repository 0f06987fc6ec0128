/// Rows in the form of binary COPY (PostgreSQL manual, COPY, "Binary Format"), built in one buffer that is used again.
///
/// ```swift
/// buffer.beginRow(columns: 2)
/// buffer.append(uuid: id)
/// buffer.openField()
/// writer.write(record, into: &buffer.bytes)
/// buffer.closeField()
/// ```
/// A row with too few or too many columns is noticed by `copy`, before anything is sent.
package struct CopyBuffer: Sendable {
    /// The rows so far, without the file's header and trailer.
    ///
    /// Only what lies between ``openField()`` and
    /// ``closeField()`` may be written here directly.
    package var bytes: [UInt8] = []
    /// The number of rows begun.
    package private(set) var count = 0

    private var columns = 0
    private var missing = 0
    private var openFieldStart: Int?
    var fault: Fault?

    /// What made the buffer unfit for sending; the first fault is kept.
    enum Fault: String {
        case unfinishedRow = "a row with a column too few"
        case crowdedRow = "a row with a column too many"
        case unevenRows = "rows with different numbers of columns"
        case fields = "a field opened twice, or closed without being open"
        case outOfRange = "a date, timestamp, identifier or field outside PostgreSQL's range"
    }

    /// An empty buffer.
    package init() {}

    /// Begins a row, after all columns of the one before.
    package mutating func beginRow(columns: Int) {
        if missing != 0 || openFieldStart != nil { note(.unfinishedRow) }
        if count > 0, columns != self.columns { note(.unevenRows) }
        self.columns = columns
        missing = columns
        count += 1
        bytes.append(bigEndian: Int16(truncatingIfNeeded: columns))
    }

    /// Begins a column whose bytes are appended to ``bytes`` by the caller.
    package mutating func openField() {
        if openFieldStart != nil { note(.fields) }
        beginField(length: 0)
        openFieldStart = bytes.count
    }

    /// Ends the column and notes its length.
    package mutating func closeField() {
        guard let start = openFieldStart, start <= bytes.count else { return note(.fields) }
        openFieldStart = nil
        guard let length = Int32(exactly: bytes.count - start) else { return note(.outOfRange) }
        bytes.replace(at: start - 4, bigEndian: length)
    }

    /// Empties the buffer for the next batch, faults included.
    package mutating func removeAll(keepingCapacity: Bool = true) {
        bytes.removeAll(keepingCapacity: keepingCapacity)
        count = 0
        missing = 0
        openFieldStart = nil
        fault = nil
    }

    @inline(__always)
    mutating func beginField(length: Int32) {
        missing -= 1
        if missing < 0 { note(.crowdedRow) }
        bytes.append(bigEndian: length)
    }

    mutating func note(_ fault: Fault) {
        self.fault = self.fault ?? fault
    }

    func check(columns: Int) throws(PostgresError) {
        let isUnfinished = missing > 0 || openFieldStart != nil
        let isUneven = count > 0 && columns != self.columns
        let fault = fault ?? (isUnfinished ? .unfinishedRow : isUneven ? .unevenRows : nil)
        if let fault { throw .encoding("COPY: \(fault.rawValue)") }
    }

    /// Signature, flags, length of the header's extension.
    static let header: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] + [UInt8](repeating: 0, count: 8)
    /// A column count of -1.
    static let trailer: [UInt8] = [0xFF, 0xFF]
}
