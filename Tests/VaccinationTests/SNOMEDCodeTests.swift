import Testing
import Vaccination

@Suite struct SNOMEDCodeTests {
    @Test(arguments: [
        "822851000000102", "1324681000000101", "34680411000001107", "6142004", "22298006", "404684003", "71388002",
        "100005", "999999990989121104",
    ])
    func takesConcepts(code: String) {
        #expect(SNOMEDCode.isConcept(code))
    }

    @Test(arguments: [
        "", "10005", "822851000000103", "822851000000120", "0822851000000102", "82285100000010x", "822851000000102 ",
        "1234567890123456789",
        "2622896019", "1210999013",  // descriptions
        "101291009123",  // digits, wrong check
        "3776741000001117",  // a description of an extension
        "٦١٤٢٠٠٤",
    ])
    func refusesAnythingElse(code: String) {
        #expect(!SNOMEDCode.isConcept(code))
    }

    @Test func takesTheCodesOfAllVaccineTypes() throws {
        for type in VaccineTypes.builtIn.all {
            for disease in type.targetDiseases { #expect(SNOMEDCode.isConcept(disease.code)) }
        }
    }

    @Test func noticesAnyWrongDigitAndAnySwap() {
        // What Verhoeff's scheme promises, on a code long enough to use every row of its table.
        let digits = Array("34680411000001107".utf8)
        for index in digits.indices {
            for digit in UInt8(ascii: "0")...UInt8(ascii: "9") where digit != digits[index] {
                var changed = digits
                changed[index] = digit
                #expect(!changed.withUnsafeBufferPointer { SNOMEDCode.isConcept($0) })
            }
            var swapped = digits
            swapped.swapAt(index, max(0, index - 1))
            #expect(swapped == digits || !swapped.withUnsafeBufferPointer { SNOMEDCode.isConcept($0) })
        }
    }
}
