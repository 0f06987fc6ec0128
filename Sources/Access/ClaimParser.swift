/// Reads the JSON of a token as strictly as RFC 8259 allows, and refuses repeated member names at every depth.
///
/// Foundation's decoder keeps one of several equal names without a word, which is the hole this closes.
struct ClaimParser: ~Copyable {
    /// Deeper nesting has no use in a token and would let its sender choose how deep the stack grows.
    private static let maximumDepth = 8

    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Parses exactly one object with nothing after it.
    static func parse(_ bytes: [UInt8]) throws(TokenFault) -> ClaimSet {
        var parser = ClaimParser(bytes)
        parser.skipSpace()
        guard parser.peek == UInt8(ascii: "{") else { throw .malformed }
        let set = try parser.members(depth: 1)
        parser.skipSpace()
        guard parser.position == bytes.count else { throw .malformed }
        return set
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let end = position + word.utf8CodeUnitCount
        let matches = word.withUTF8Buffer { end <= bytes.count && bytes[position..<end].elementsEqual($0) }
        if matches { position = end }
        return matches
    }

    private mutating func value(depth: Int) throws(TokenFault) -> ClaimValue {
        guard depth <= Self.maximumDepth else { throw .malformed }
        switch peek {
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "{"): return .members(try members(depth: depth))
        case UInt8(ascii: "["): return .list(try list(depth: depth))
        case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try number()
        default:
            if take("true") { return .flag(true) }
            if take("false") { return .flag(false) }
            if take("null") { return .null }
            throw .malformed
        }
    }

    private mutating func members(depth: Int) throws(TokenFault) -> ClaimSet {
        var set = ClaimSet()
        position += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return set }
        repeat {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw .malformed }
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw .malformed }
            skipSpace()
            guard set.insert(try value(depth: depth + 1), for: name) else { throw .duplicateMember }
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw .malformed }
        return set
    }

    private mutating func list(depth: Int) throws(TokenFault) -> [ClaimValue] {
        var values: [ClaimValue] = []
        position += 1
        skipSpace()
        if take(UInt8(ascii: "]")) { return values }
        repeat {
            skipSpace()
            values.append(try value(depth: depth + 1))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw .malformed }
        return values
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = peek, (0x30...0x39).contains(byte) { position += 1 }
        return position - start
    }

    private mutating func number() throws(TokenFault) -> ClaimValue {
        let start = position
        _ = take(UInt8(ascii: "-"))
        let leadingZero = peek == UInt8(ascii: "0")
        let count = digits()
        guard count == 1 || (count > 1 && !leadingZero) else { throw .malformed }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            guard digits() > 0 else { throw .malformed }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            guard digits() > 0 else { throw .malformed }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        return isInteger ? Int64(text).map(ClaimValue.integer) ?? .otherNumber : .otherNumber
    }

    private mutating func string() throws(TokenFault) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let result = String(validating: text, as: UTF8.self) else { throw .malformed }
                return result
            case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
            case 0..<0x20: throw .malformed
            default: text.append(byte)
            }
        }
        throw .malformed
    }

    private mutating func escape() throws(TokenFault) -> [UInt8] {
        guard let byte = peek else { throw .malformed }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return Array(Character(try scalar()).utf8)
        default: throw .malformed
        }
    }

    /// A `\u` escape, or the two that spell a character beyond U+FFFF; half of a pair is no text.
    private mutating func scalar() throws(TokenFault) -> Unicode.Scalar {
        let first = try hexadecimal()
        // NUL is no part of any name or claim, and ends a text early for others who read it.
        guard first != 0 else { throw .malformed }
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take("\\u") else { throw .malformed }
        let second = try hexadecimal()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw .malformed }
        return scalar
    }

    private mutating func hexadecimal() throws(TokenFault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw .malformed }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
