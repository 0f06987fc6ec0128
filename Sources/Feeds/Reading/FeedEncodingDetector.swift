/// Finds a file's encoding while its bytes arrive in pieces of any size.
///
/// The first row may only be taken after the last byte was seen: a single byte that is not UTF-8 makes the whole file
/// Windows-1252 (csv-feed §3).
package struct FeedEncodingDetector: Sendable {
    /// How many continuation bytes the character in hand still needs.
    private var pending = 0
    /// The least value the next continuation byte may have: more than 0x80 where a shorter form must be refused.
    private var lowest: UInt8 = 0x80
    /// The greatest value the next continuation byte may have: less than 0xBF where surrogates and what lies above
    /// U+10FFFF must be refused.
    private var highest: UInt8 = 0xBF
    private var isUTF8 = true

    /// A detector that has seen nothing yet.
    package init() {}

    /// Takes the next bytes of the file.
    package mutating func consume(_ bytes: UnsafeRawBufferPointer) {
        guard isUTF8 else { return }
        var index = 0
        while index < bytes.count {
            if pending == 0 {
                index = Self.endOfASCII(in: bytes, from: index)
                guard index < bytes.count else { return }
            }
            guard take(bytes[index]) else {
                isUTF8 = false
                return
            }
            index += 1
        }
    }

    /// Takes the next bytes of the file.
    package mutating func consume(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBytes { consume($0) }
    }

    /// Takes the next bytes of the file.
    package mutating func consume(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { consume($0) }
    }

    /// The encoding of all that was taken; a character cut off at the end is not UTF-8 either.
    package func finish() -> FeedEncoding {
        isUTF8 && pending == 0 ? .utf8 : .windows1252
    }

    /// Takes one byte; false if it cannot stand here in UTF-8 (The Unicode Standard, table 3-7).
    private mutating func take(_ byte: UInt8) -> Bool {
        if pending > 0 {
            guard byte >= lowest, byte <= highest else { return false }
            pending -= 1
            (lowest, highest) = (0x80, 0xBF)
            return true
        }
        switch byte {
        case 0x00...0x7F: break
        case 0xC2...0xDF: pending = 1
        case 0xE0: (pending, lowest) = (2, 0xA0)
        case 0xED: (pending, highest) = (2, 0x9F)
        case 0xE1...0xEF: pending = 2
        case 0xF0: (pending, lowest) = (3, 0x90)
        case 0xF1...0xF3: pending = 3
        case 0xF4: (pending, highest) = (3, 0x8F)
        default: return false
        }
        return true
    }

    /// The first index from `start` on with a byte that is not ASCII, 32 bytes a step.
    private static func endOfASCII(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        let highBits: UInt64 = 0x8080_8080_8080_8080
        var index = start
        while index &+ 32 <= bytes.count {
            let first = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let second = bytes.loadUnaligned(fromByteOffset: index &+ 8, as: UInt64.self)
            let third = bytes.loadUnaligned(fromByteOffset: index &+ 16, as: UInt64.self)
            let fourth = bytes.loadUnaligned(fromByteOffset: index &+ 24, as: UInt64.self)
            guard (first | second | third | fourth) & highBits == 0 else { break }
            index &+= 32
        }
        while index < bytes.count, bytes[index] < 0x80 { index &+= 1 }
        return index
    }
}
