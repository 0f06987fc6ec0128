import Testing
import Vaccination

@Suite struct PostcodeTests {
    @Test(arguments: [
        ("LS1 4AP", "LS1 4AP", "LS"), ("ls14ap", "LS1 4AP", "LS"), ("M1 1AE", "M1 1AE", "M"),
        ("W1A 0AX", "W1A 0AX", "W"), ("EC1A 1BB", "EC1A 1BB", "EC"), ("ZZ99 3CZ", "ZZ99 3CZ", "ZZ"),
    ])
    func postcodesAreReadInAnyForm(_ text: String, _ whole: String, _ area: String) throws {
        let postcode = try #require(Postcode(text))
        #expect(postcode.text == whole)
        #expect(postcode.area == area)
        #expect("\(postcode)" == "redacted")
    }

    @Test(arguments: ["", "LS1", "LS1 4A", "1LS 4AP", "LS1 AAP", "LSX1 4AP", "LS123 4AP", "LS1 44P", "Ł1 4AP"])
    func whatHasNotTheShapeIsRefused(_ text: String) {
        #expect(Postcode(text) == nil)
    }

    @Test func aPostcodeLiesInItsSectorDistrictAndArea() {
        #expect(Postcode("LS12 3CD")?.prefixes == ["LS12 3CD", "LS12 3", "LS12", "LS"])
        #expect(Postcode("LS12 3CD")?.district == "LS12")
    }

    @Test func aPlaceIsAnyOfThem() {
        #expect(Postcode.prefix("ls") == "LS")
        #expect(Postcode.prefix("LS14") == "LS14")
        #expect(Postcode.prefix("LS1 4") == "LS1 4")
        #expect(Postcode.prefix("LS1 4ap") == "LS1 4AP")
        for text in ["", "LS1 44", "LSX", "1", "LS1 4 AP X", "LS1 A"] { #expect(Postcode.prefix(text) == nil) }
    }
}
