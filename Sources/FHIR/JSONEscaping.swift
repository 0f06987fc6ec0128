extension [UInt8] {
    /// Appends UTF-8 bytes as the inside of a JSON string: `"`, `\` and control characters escaped (RFC 8259 §7).
    mutating func appendJSONEscaped(_ utf8: Span<UInt8>) {
        var start = 0
        while start < utf8.count {
            let end = utf8.endOfPlainText(from: start)
            if end > start {
                utf8.extracting(start..<end).withUnsafeBufferPointer { append(contentsOf: $0) }
            }
            guard end < utf8.count else { return }
            appendEscape(of: utf8[end])
            start = end + 1
        }
    }

    private mutating func appendEscape(of byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
        case 0x08: append(UInt8(ascii: "b"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0C: append(UInt8(ascii: "f"))
        case 0x0D: append(UInt8(ascii: "r"))
        default:
            append(contentsOf: "u00".utf8)
            append(UInt8(ascii: "0") + byte >> 4)
            append(Array("0123456789abcdef".utf8)[Int(byte & 0x0F)])
        }
    }
}

extension Span<UInt8> {
    /// The offset of the next byte that a JSON string must escape, or the end.
    ///
    /// Eight bytes are tested at once, since almost no field has such a byte. The arithmetic is the usual test of a
    /// word for a small or given byte; it may answer yes too often behind a first hit, never no too often, and the
    /// loop by single bytes then decides.
    func endOfPlainText(from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highBits = ones << 7
        var index = start
        while index + 8 <= count {
            let word = bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            let quote = word ^ ones &* UInt64(UInt8(ascii: "\""))
            let backslash = word ^ ones &* UInt64(UInt8(ascii: "\\"))
            let control = (word &- ones &* 0x20) & ~word
            let hit = control | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
            guard hit & highBits == 0 else { break }
            index += 8
        }
        while index < count, self[index] >= 0x20, self[index] != UInt8(ascii: "\""), self[index] != UInt8(ascii: "\\") {
            index += 1
        }
        return index
    }
}
