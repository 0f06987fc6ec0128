import FHIR
import Testing

@Suite struct JSONParsingTests {
    @Test func keepsTheDigitsOfNumbersAsSent() throws {
        let numbers = ["0", "-0", "0.30", "1e5", "1E+5", "-12.50e-003", "123456789012345678901234567890.1234567890"]
        for text in numbers {
            #expect(try JSONValue(parsing: text) == .number(text))
        }
    }

    @Test func keepsTheOrderOfMembers() throws {
        let value = try JSONValue(parsing: #" { "b" : 1 , "a" : [ true , false , null ] , "" : { } } "#)
        #expect(value == ["b": 1, "a": [true, false, .null], "": .object(JSONObject())])
        #expect(value.object?.members.map(\.name) == ["b", "a", ""])
    }

    @Test func resolvesEveryEscape() throws {
        let text = #""\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\uDE00\u0000""#
        #expect(try JSONValue(parsing: text) == "\"\\/\u{8}\u{C}\n\r\tAé€😀\0")
    }

    @Test(arguments: [
        (#"{"a":1,"a":2}"#, JSONError.duplicateMember(offset: 7)),
        (#"{"a":{"b":1,"b":2}}"#, .duplicateMember(offset: 12)),
        (#""\ud83d""#, .invalidEscape(offset: 1)),
        (#""\ude00\ud83d""#, .invalidEscape(offset: 1)),
        (#""\ud83dx""#, .invalidEscape(offset: 1)),
        (#""\ud83d\ud83d""#, .invalidEscape(offset: 1)),
        (#""\u12g4""#, .invalidEscape(offset: 5)),
        (#""\x""#, .invalidEscape(offset: 1)),
        ("\"a\nb\"", .controlCharacter(offset: 2)),
        ("\"a\\n\u{1F}\"", .controlCharacter(offset: 4)),
        ("01", .invalidNumber(offset: 1)),
        ("-01", .invalidNumber(offset: 2)),
        ("1.x", .invalidNumber(offset: 2)),
        ("1.", .unexpectedEnd(offset: 2)),
        ("1e", .unexpectedEnd(offset: 2)),
        ("-", .unexpectedEnd(offset: 1)),
        ("-x", .invalidNumber(offset: 1)),
        ("+1", .unexpectedByte(offset: 0)),
        (".5", .unexpectedByte(offset: 0)),
        ("NaN", .unexpectedByte(offset: 0)),
        ("tru", .unexpectedEnd(offset: 3)),
        ("nul1", .unexpectedByte(offset: 3)),
        ("True", .unexpectedByte(offset: 0)),
        ("[1,]", .unexpectedByte(offset: 3)),
        ("[1 2]", .unexpectedByte(offset: 3)),
        ("[1}", .unexpectedByte(offset: 2)),
        (#"{"a":1,}"#, .unexpectedByte(offset: 7)),
        (#"{"a" 1}"#, .unexpectedByte(offset: 5)),
        ("{a:1}", .unexpectedByte(offset: 1)),
        ("'a'", .unexpectedByte(offset: 0)),
        ("{} {}", .trailingBytes(offset: 3)),
        ("1 // one", .trailingBytes(offset: 2)),
        ("\u{FEFF}1", .unexpectedByte(offset: 0)),
        ("\u{A0}1", .unexpectedByte(offset: 0)),
        ("", .unexpectedEnd(offset: 0)),
        (" \t\r\n", .unexpectedEnd(offset: 4)),
    ])
    func refusesWhatRFC8259DoesNotKnow(text: String, error: JSONError) {
        #expect(throws: error) { try JSONValue(parsing: text) }
    }

    @Test(arguments: [
        ([0x22, 0xFF, 0x22], 1),  // not a byte of UTF-8
        ([0x22, 0xC3, 0x22], 1),  // half a character
        ([0x22, 0xC0, 0xAF, 0x22], 1),  // overlong
        ([0x22, 0xED, 0xA0, 0x80, 0x22], 1),  // a surrogate
        ([0x5B, 0x31, 0x2C, 0x20, 0xF5, 0x5D], 4),
    ])
    func refusesWhatIsNotUTF8(bytes: [UInt8], offset: Int) {
        #expect(throws: JSONError.invalidUTF8(offset: offset)) { try JSONValue(parsing: bytes) }
    }

    @Test func takesSixtyFourLevelsAndNoMore() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try JSONValue(parsing: nested(64)) }
        #expect(throws: JSONError.tooDeep(offset: 64)) { try JSONValue(parsing: nested(65)) }
        #expect(throws: JSONError.tooDeep(offset: 64)) {
            try JSONValue(parsing: String(repeating: "[", count: 100_000))
        }
        let objects = String(repeating: #"{"a":"#, count: 65)
        #expect(throws: JSONError.tooDeep(offset: 64 * 5)) { try JSONValue(parsing: objects) }
    }

    @Test func comesBackUpALevelAfterEachContainer() throws {
        let siblings = Array(repeating: "[],{},[1],{\"a\":[]}", count: 40).joined(separator: ",")
        #expect(try JSONValue(parsing: "[\(siblings)]").array?.count == 160)
    }

    @Test func findsADuplicateAmongManyMembers() throws {
        let members = (0..<500).map { "\"m\($0)\":\($0)" }.joined(separator: ",")
        #expect(try JSONValue(parsing: "{\(members)}").object?.members.count == 500)
        for name in ["m0", "m31", "m32", "m499"] {
            #expect(throws: JSONError.duplicateMember(offset: members.utf8.count + 2)) {
                try JSONValue(parsing: "{\(members),\"\(name)\":0}")
            }
        }
    }

    @Test func refusesATextCutShortAtAnyByte() throws {
        let text = #"{"é":[1.5e3,"a\u00e9\ud83d\ude00\\",true,false,null,{"b":{}},[]],"c":-0.1}"#
        let bytes = Array(text.utf8)
        _ = try JSONValue(parsing: bytes)
        for end in 0..<bytes.count {
            let error = #expect(throws: JSONError.self) { try JSONValue(parsing: Array(bytes[..<end])) }
            #expect(error.map { $0.offset <= end } == true)
        }
    }

    @Test func survivesAnyByteInAnyPlace() throws {
        let bytes = Array(#"{"a":[1,"x\n",true],"b":{"c":null}}"#.utf8)
        for index in bytes.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = bytes
                changed[index] = byte
                if let value = try? JSONValue(parsing: changed) {
                    #expect(try JSONValue(parsing: value.bytes) == value)
                }
            }
        }
    }

    @Test func saysWhereTheFaultIsAndNotWhatItIs() {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: #"{"name":"Rowan" x}"#) }
        #expect(error?.description == "unexpected byte at byte 16")
    }
}
