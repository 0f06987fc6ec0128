/// Finds the first part between boundaries in bytes that come piece by piece (RFC 2046 §5.1).
struct PartScanner: Sendable {
    /// A line break, two hyphens and the boundary.
    private let delimiter: [UInt8]
    private var bytes: [UInt8]
    private(set) var headerIsRead = false
    private(set) var isAtEnd = false
    /// The name in the part's `Content-Disposition`.
    private(set) var fileName: String?

    init(boundary: String) {
        delimiter = Array("\r\n--\(boundary)".utf8)
        bytes = Array("\r\n".utf8)
    }

    /// Bytes that are kept because what they are is not decided.
    var held: Int { bytes.count }

    mutating func feed(_ piece: [UInt8]) {
        guard !isAtEnd else { return }
        bytes += piece
        if !headerIsRead { readHeader() }
    }

    /// The part's content as far as it is certain.
    mutating func takeContent() -> [UInt8] {
        guard headerIsRead, !isAtEnd else { return [] }
        if let end = find(delimiter, from: 0) {
            isAtEnd = true
            defer { bytes = [] }
            return Array(bytes[..<end])
        }
        // The last bytes may be the beginning of a boundary.
        let certain = bytes.count - (delimiter.count - 1)
        guard certain > 0 else { return [] }
        defer { bytes.removeFirst(certain) }
        return Array(bytes[..<certain])
    }

    private mutating func readHeader() {
        guard let boundary = find(delimiter, from: 0),
            // White space may follow a boundary on its line.
            let line = find([13, 10], from: boundary + delimiter.count)
        else { return }
        // A part without header lines has the empty line at once.
        guard let end = find([13, 10, 13, 10], from: line) else { return }
        let header = String(decoding: bytes[line..<end], as: UTF8.self)
        for line in header.split(whereSeparator: \.isNewline)
        where line.lowercased().hasPrefix("content-disposition:") {
            fileName = headerParameter("filename", of: String(line))
        }
        bytes.removeFirst(end + 4)
        headerIsRead = true
    }

    private func find(_ pattern: [UInt8], from start: Int) -> Int? {
        guard bytes.count - start >= pattern.count else { return nil }
        return bytes.withUnsafeBufferPointer { bytes in
            var index = start
            let last = bytes.count - pattern.count
            while index <= last {
                // Almost every byte is no line break.
                if bytes[index] == pattern[0], bytes[index..<index + pattern.count].elementsEqual(pattern) {
                    return index
                }
                index += 1
            }
            return nil
        }
    }
}
