import FHIR
import Testing

@Suite struct JSONWritingTests {
    @Test func setsCommasByItself() {
        let bytes = JSONWriter.bytes { json in
            json.beginObject()
            json.member("a", "x")
            json.member("b", 12)
            json.name("c")
            json.beginArray()
            json.string("y")
            json.beginArray()
            json.endArray()
            json.beginObject()
            json.endObject()
            json.raw("1")
            json.endArray()
            json.open(#""d":{"e":[{"#)
            json.member("f", true)
            json.raw(#""g":0"#)
            json.close("}]}")
            json.member("h", false)
            json.endObject()
        }
        let text = #"{"a":"x","b":12,"c":["y",[],{},1],"d":{"e":[{"f":true,"g":0}]},"h":false}"#
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test func appendsToWhatIsThere() {
        var bytes = Array("x".utf8)
        JSONWriter.append(to: &bytes) { $0.string("y") }
        JSONWriter.append(to: &bytes) { $0.string("z") }
        #expect(String(decoding: bytes, as: UTF8.self) == #"x"y""z""#)
    }

    @Test func givesTheBufferBackWhenTheBodyThrows() {
        var bytes = Array("x".utf8)
        #expect(throws: JSONError.self) {
            try JSONWriter.append(to: &bytes) { json throws(JSONError) in
                json.beginArray()
                throw .unexpectedEnd(offset: 0)
            }
        }
        #expect(String(decoding: bytes, as: UTF8.self) == "x[")
    }

    @Test func escapesWhatRFC8259DemandsAndNothingElse() {
        let bytes = JSONWriter.bytes { $0.string("\"\\/\u{8}\u{9}\n\u{C}\r\u{0}\u{1F}\u{7F}é😀<>&'") }
        #expect(String(decoding: bytes, as: UTF8.self) == #""\"\\/\b\t\n\f\r\u0000\u001f"# + "\u{7F}é😀<>&'\"")
    }

    @Test func findsTheByteToEscapeWhereverItStands() throws {
        // Lengths and places around the eight bytes that are tested at once, and neighbours just outside the range.
        let specials: [Character] = ["\"", "\\", "\n", "\u{1F}", "\u{0}"]
        for plain in ["x", " ", "!", "#", "[", "]", "\u{7F}", "é", "€"] as [Character] {
            for length in 1...20 {
                for place in 0..<length {
                    for special in specials {
                        var characters = [Character](repeating: plain, count: length)
                        characters[place] = special
                        let text = String(characters)
                        let bytes = JSONWriter.bytes { $0.string(text) }
                        #expect(try JSONValue(parsing: bytes) == .string(text))
                    }
                }
            }
        }
    }

    @Test func writesWhatItReads() throws {
        let text = #"{"a":[0.30,-1E+5,"é\n\"\\",true,false,null],"":{"b":{}},"c\"d":[]}"#
        #expect(String(decoding: try JSONValue(parsing: text).bytes, as: UTF8.self) == text)
    }
}
