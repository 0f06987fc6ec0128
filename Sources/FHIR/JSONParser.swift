/// Reads a JSON text that is known to be UTF-8, one byte after another.
///
/// The bytes are handed from method to method instead of being a property: a type that holds a span may not be
/// copied out of its scope, and this one needs no lifetime annotation.
struct JSONParser {
    var position = 0
    private var depth = 0

    mutating func text(_ bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
        skipWhiteSpace(bytes)
        let value = try value(bytes)
        skipWhiteSpace(bytes)
        guard position == bytes.count else { throw .trailingBytes(offset: position) }
        return value
    }

    private mutating func value(_ bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
        switch try peek(bytes) {
        case UInt8(ascii: "{"): .object(try object(bytes))
        case UInt8(ascii: "["): .array(try array(bytes))
        case UInt8(ascii: "\""): .string(try string(bytes))
        case UInt8(ascii: "t"): try word("true", bytes, .bool(true))
        case UInt8(ascii: "f"): try word("false", bytes, .bool(false))
        case UInt8(ascii: "n"): try word("null", bytes, .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number(try number(bytes))
        default: throw .unexpectedByte(offset: position)
        }
    }

    private mutating func object(_ bytes: Span<UInt8>) throws(JSONError) -> JSONObject {
        try descend(bytes)
        var members: [JSONObject.Member] = []
        var names = MemberNames()
        if try isEmpty(upTo: UInt8(ascii: "}"), bytes) { return JSONObject() }
        repeat {
            skipWhiteSpace(bytes)
            let start = position
            guard try peek(bytes) == UInt8(ascii: "\"") else { throw .unexpectedByte(offset: position) }
            let name = try string(bytes)
            guard names.insert(name, after: members) else { throw .duplicateMember(offset: start) }
            guard try take(UInt8(ascii: ":"), bytes) else { throw .unexpectedByte(offset: position) }
            skipWhiteSpace(bytes)
            members.append(JSONObject.Member(name: name, value: try value(bytes)))
        } while try take(UInt8(ascii: ","), bytes)
        try ascend(UInt8(ascii: "}"), bytes)
        return JSONObject(members)
    }

    private mutating func array(_ bytes: Span<UInt8>) throws(JSONError) -> [JSONValue] {
        try descend(bytes)
        var elements: [JSONValue] = []
        if try isEmpty(upTo: UInt8(ascii: "]"), bytes) { return elements }
        repeat {
            skipWhiteSpace(bytes)
            elements.append(try value(bytes))
        } while try take(UInt8(ascii: ","), bytes)
        try ascend(UInt8(ascii: "]"), bytes)
        return elements
    }

    private mutating func word(
        _ word: StaticString,
        _ bytes: Span<UInt8>,
        _ value: JSONValue
    ) throws(JSONError) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            guard try peek(bytes) == word.utf8Start[index] else { throw .unexpectedByte(offset: position) }
            position += 1
        }
        return value
    }

    private mutating func descend(_ bytes: Span<UInt8>) throws(JSONError) {
        guard depth < JSONValue.maximumDepth else { throw .tooDeep(offset: position) }
        depth += 1
        position += 1
    }

    private mutating func ascend(_ end: UInt8, _ bytes: Span<UInt8>) throws(JSONError) {
        guard try peek(bytes) == end else { throw .unexpectedByte(offset: position) }
        position += 1
        depth -= 1
    }

    private mutating func isEmpty(upTo end: UInt8, _ bytes: Span<UInt8>) throws(JSONError) -> Bool {
        guard try take(end, bytes) else { return false }
        depth -= 1
        return true
    }

    /// Skips white space and, if the byte given comes next, that byte; says whether it did.
    private mutating func take(_ byte: UInt8, _ bytes: Span<UInt8>) throws(JSONError) -> Bool {
        skipWhiteSpace(bytes)
        guard try peek(bytes) == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipWhiteSpace(_ bytes: Span<UInt8>) {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): position += 1
            default: return
            }
        }
    }

    func peek(_ bytes: Span<UInt8>) throws(JSONError) -> UInt8 {
        guard position < bytes.count else { throw .unexpectedEnd(offset: position) }
        return bytes[position]
    }
}

/// Notices a name that comes twice in an object.
///
/// A linear look at the members so far is quickest for the few that FHIR objects have; past a few dozen a set keeps
/// an object made of many members from costing its square.
private struct MemberNames {
    private var set: Set<String> = []

    mutating func insert(_ name: String, after members: [JSONObject.Member]) -> Bool {
        guard members.count >= 32 else { return !members.contains { $0.name == name } }
        if set.isEmpty { set = Set(members.map(\.name)) }
        return set.insert(name).inserted
    }
}
