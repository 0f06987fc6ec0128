import FHIR
import Testing
import Vaccination

@Suite struct DoseAmountTests {
    @Test(arguments: [
        ("0.5", "0.5"), ("0.30", "0.30"), ("1", "1"), ("+1", "1"), ("-1", "-1"), (".5", "0.5"), ("-.5", "-0.5"),
        ("+.50", "0.50"), ("007", "7"), ("00.5", "0.5"), ("0", "0"), ("000", "0"), ("-0", "-0"), ("-00.10", "-0.10"),
        ("0.0000", "0.0000"), ("123456789012345678", "123456789012345678"), ("10.00", "10.00"),
    ])
    func becomesAJSONNumberOfTheSameDigits(text: String, number: String) throws {
        var bytes: [UInt8] = []
        let (isValid, isWritten) = (
            DoseAmount.isValid(text.utf8.span), DoseAmount.appendJSON(text.utf8.span, to: &bytes)
        )
        #expect(isValid && isWritten)
        #expect(try JSONValue(parsing: bytes) == .number(number))
    }

    @Test(arguments: [
        "", "+", "-", ".", "5.", "-.", "1.2.3", "1,5", "1e3", "1_000", " 1", "1 ", "--1", "+-1", "0.5ml", "NaN",
        "Infinity", "1234567890123456789", "٥",
    ])
    func refusesAnythingElse(text: String) {
        var bytes: [UInt8] = []
        let (isValid, isWritten) = (
            DoseAmount.isValid(text.utf8.span), DoseAmount.appendJSON(text.utf8.span, to: &bytes)
        )
        #expect(!isValid && !isWritten)
        #expect(bytes.isEmpty)
    }
}
