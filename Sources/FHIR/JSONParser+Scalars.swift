extension JSONParser {
    mutating func string(_ bytes: Span<UInt8>) throws(JSONError) -> String {
        position += 1
        let start = position
        while true {
            switch try peek(bytes) {
            case UInt8(ascii: "\""):
                defer { position += 1 }
                return String(copying: UTF8Span(unchecked: bytes.extracting(start..<position)))
            case UInt8(ascii: "\\"): return try escapedString(bytes, from: start)
            case ..<0x20: throw .controlCharacter(offset: position)
            default: position += 1
            }
        }
    }

    private mutating func escapedString(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> String {
        var text: [UInt8] = []
        for index in start..<position { text.append(bytes[index]) }
        while true {
            let byte = try peek(bytes)
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(bytes, into: &text)
            case ..<0x20: throw .controlCharacter(offset: position)
            default:
                text.append(byte)
                position += 1
            }
        }
    }

    private mutating func escape(_ bytes: Span<UInt8>, into text: inout [UInt8]) throws(JSONError) {
        let start = position
        position += 1
        let byte = try peek(bytes)
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            // The decoder below answers nil for half a pair: RFC 8259 lets it stand, no String can hold it.
            let units = try surrogates(bytes, first: hexadecimal(bytes))
            var codec = UTF16()
            var iterator = units.makeIterator()
            guard case .scalarValue(let scalar) = codec.decode(&iterator), case .emptyInput = codec.decode(&iterator)
            else { throw .invalidEscape(offset: start) }
            text.append(contentsOf: String(scalar).utf8)
        default: throw .invalidEscape(offset: start)
        }
    }

    /// The code unit and, if it is the first half of a pair and another escape follows, that one too.
    private mutating func surrogates(_ bytes: Span<UInt8>, first: UInt16) throws(JSONError) -> [UInt16] {
        guard UTF16.isLeadSurrogate(first), position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { return [first] }
        position += 2
        return [first, try hexadecimal(bytes)]
    }

    private mutating func hexadecimal(_ bytes: Span<UInt8>) throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            let byte = try peek(bytes)
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw .invalidEscape(offset: position)
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }

    // number = [ "-" ] ( "0" / 1-9 *DIGIT ) [ "." 1*DIGIT ] [ ( "e" / "E" ) [ "+" / "-" ] 1*DIGIT ]
    mutating func number(_ bytes: Span<UInt8>) throws(JSONError) -> String {
        let start = position
        _ = skip(bytes) { $0 == UInt8(ascii: "-") }
        if !skip(bytes, where: { $0 == UInt8(ascii: "0") }) {
            try digits(bytes)
        } else if position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            throw .invalidNumber(offset: position)
        }
        if skip(bytes, where: { $0 == UInt8(ascii: ".") }) { try digits(bytes) }
        if skip(bytes, where: { $0 | 0x20 == UInt8(ascii: "e") }) {
            _ = skip(bytes) { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
            try digits(bytes)
        }
        return String(copying: UTF8Span(unchecked: bytes.extracting(start..<position)))
    }

    private mutating func digits(_ bytes: Span<UInt8>) throws(JSONError) {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(try peek(bytes)) else {
            throw .invalidNumber(offset: position)
        }
        while skip(bytes, where: { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {}
    }

    private mutating func skip(_ bytes: Span<UInt8>, where matches: (UInt8) -> Bool) -> Bool {
        guard position < bytes.count, matches(bytes[position]) else { return false }
        position += 1
        return true
    }
}
