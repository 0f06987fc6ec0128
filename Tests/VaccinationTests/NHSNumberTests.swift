import Testing
import Vaccination

@Suite struct NHSNumberTests {
    @Test(arguments: ["9990548609", "9000000009", "9991000003", "9434765919", "0000000000", "999 054 8609"])
    func takesNumbersWithARightCheckDigit(text: String) throws {
        let number = try #require(NHSNumber(text))
        #expect(number.digits == text.filter { $0 != " " })
        #expect(number.value == UInt64(number.digits))
    }

    @Test(arguments: [
        "", "9990548608", "999054860", "99905486091", "999054860X", "٩٩٩٠٥٤٨٦٠٩", "-990548609", "9990548609\n",
    ])
    func refusesAnythingElse(text: String) {
        #expect(NHSNumber(text) == nil)
    }

    @Test func readsTheBytesOfAFeedExactly() {
        func read(_ text: String) -> NHSNumber? {
            var text = text
            return text.withUTF8 { NHSNumber(utf8: $0) }
        }
        #expect(read("9990548609") == NHSNumber("9990548609"))
        #expect(read("999 054 8609") == nil)
        #expect(read("99905486 9") == nil)
    }

    @Test func hasOneCheckDigitOrNone() {
        // Weights 10 to 2; a check of 10 has no digit, and such a prefix no number.
        var random = SeededGenerator(state: 11)
        var withoutAny = 0
        for _ in 0..<20_000 {
            let prefix = (0..<9).map { _ in Int.random(in: 0...9, using: &random) }
            let sum = zip(prefix, (2...10).reversed()).reduce(0) { $0 + $1.0 * $1.1 }
            let check = (11 - sum % 11) % 11
            let text = prefix.map(String.init).joined()
            let valid = (0...9).filter { NHSNumber("\(text)\($0)") != nil }
            #expect(valid == (check == 10 ? [] : [check]))
            let byValue = (0...9).filter { NHSNumber(value: UInt64("\(text)\($0)") ?? .max)?.digits == "\(text)\($0)" }
            #expect(byValue == valid)
            if valid.isEmpty { withoutAny += 1 }
        }
        #expect(withoutAny > 1500)
    }

    @Test func keepsLeadingZeros() {
        #expect(NHSNumber("0123456789")?.digits == "0123456789")
        #expect(NHSNumber("0123456789")?.value == 123_456_789)
        #expect(NHSNumber(value: 123_456_789)?.digits == "0123456789")
        #expect(NHSNumber(value: 99_905_486_090) == nil)
    }

    @Test func showsItselfToNobody() throws {
        let number = try #require(NHSNumber("9990548609"))
        var dumped = ""
        dump(SampleRow.record(SampleRow.full).nhsNumber, to: &dumped)
        #expect("\(number)" == "redacted")
        #expect(String(reflecting: number) == "redacted")
        #expect(!dumped.contains("9991000003"))
    }
}
