/// Windows-1252 as a source of UTF-8 (csv-feed §3).
enum Windows1252 {
    /// The characters of the bytes 80 to 9F.
    ///
    /// The five undefined ones become U+FFFD. A0 to FF stand for themselves.
    private static let upperControls: [UInt16] = [
        0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
        0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178,
    ]

    /// The same fields in UTF-8; `ends` are the fields' ends in `bytes`.
    static func transcode(_ bytes: [UInt8], ends: [UInt32]) -> (bytes: [UInt8], ends: [UInt32]) {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + 16)
        var outputEnds: [UInt32] = []
        outputEnds.reserveCapacity(ends.count)
        var start = 0
        for end in ends {
            for byte in bytes[start..<Int(end)] { append(byte, to: &output) }
            start = Int(end)
            outputEnds.append(UInt32(output.count))
        }
        return (output, outputEnds)
    }

    private static func append(_ byte: UInt8, to output: inout [UInt8]) {
        guard byte >= 0x80 else {
            output.append(byte)
            return
        }
        let character = byte < 0xA0 ? upperControls[Int(byte) - 0x80] : UInt16(byte)
        if character < 0x800 {
            output.append(0xC0 | UInt8(character >> 6))
        } else {
            output.append(0xE0 | UInt8(character >> 12))
            output.append(0x80 | UInt8(character >> 6 & 0x3F))
        }
        output.append(0x80 | UInt8(character & 0x3F))
    }
}
