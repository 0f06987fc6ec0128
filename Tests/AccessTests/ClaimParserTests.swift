import Testing

@testable import Access

@Suite("Strict JSON of tokens (RFC 8259)")
struct ClaimParserTests {
    private func parse(_ text: String) throws -> ClaimSet { try ClaimParser.parse(Array(text.utf8)) }

    @Test func readsEveryKindOfValue() throws {
        let set = try parse(
            #" { "a" : "x\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é" , "b":-12,"c":1.5e+3,"d":[true,false,null,{"e":[]}], "f":{} } "#
        )
        #expect(set.values["a"] == .text("x\"\\/\u{8}\u{c}\n\r\té😀é"))
        #expect(set.values["b"] == .integer(-12))
        #expect(set.values["c"] == .otherNumber)
        #expect(set.values["f"] == .members(ClaimSet()))
        guard case .list(let list) = set.values["d"] else { Issue.record("no list"); return }
        #expect(list.count == 4 && list[0] == .flag(true) && list[2] == .null)
        #expect(try parse("{}").values.isEmpty)
    }

    @Test(arguments: [
        "", "[]", "\"a\"", "{", "{}x", "{} {}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{,}"#, #"{a:1}"#, #"{'a':1}"#,
        #"{"a":01}"#, #"{"a":-}"#, #"{"a":1.}"#, #"{"a":.5}"#, #"{"a":1e}"#, #"{"a":+1}"#, #"{"a":NaN}"#, #"{"a":tru}"#,
        #"{"a":"\x"}"#, #"{"a":"\u12"}"#, #"{"a":"\ud800"}"#, #"{"a":"\ud800\u0041"}"#, #"{"a":"\udc00"}"#,
        "{\"a\":\"\n\"}", #"{"a":"b}"#, #"{"a":[1,]}"#, #"{"a":[1}"#, #"{"a":1 "b":2}"#, "\u{FEFF}{}",
    ])
    func refusesWhatIsNotJSON(text: String) {
        #expect(throws: TokenFault.malformed) { try parse(text) }
    }

    @Test func refusesBytesThatAreNotUTF8() {
        for bytes: [UInt8] in [[0xFF], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] {
            #expect(throws: TokenFault.malformed) {
                try ClaimParser.parse(Array(#"{"a":""#.utf8) + bytes + Array(#""}"#.utf8))
            }
        }
    }

    @Test func nestingIsBounded() throws {
        func nested(_ depth: Int) -> String {
            #"{"a":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
        }
        #expect(throws: Never.self) { try parse(nested(7)) }
        #expect(throws: TokenFault.malformed) { try parse(nested(8)) }
        #expect(throws: TokenFault.malformed) { try parse(nested(8000)) }
    }
}

@Suite("base64url (RFC 7515 §2)")
struct Base64URLTests {
    @Test func roundTripsEveryLength() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 73 &+ 5) }
            let text = Base64URL.encode(bytes)
            #expect(!text.contains { "+/=".contains($0) })
            #expect(Base64URL.decode(text.utf8) == bytes)
        }
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
    }

    @Test(arguments: ["A", "AAAAA", "QQ==", "+w", "/w", "QR", "QUJ", "Q Q", "QQ\n", "é"])
    func refusesOtherSpellings(text: String) {
        #expect(Base64URL.decode(text.utf8) == nil)
    }
}
