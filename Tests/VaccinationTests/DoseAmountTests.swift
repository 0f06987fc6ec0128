import FHIR
import Testing
import Vaccination

@Suite struct DoseAmountTests {
    private func parsed(_ text: String) -> DoseAmount? { DoseAmount(text.utf8.span) }

    @Test(arguments: [
        ("0.5", "0.5"), ("0.30", "0.30"), ("1", "1"), ("+1", "1"), ("-1", "-1"), (".5", "0.5"), ("-.5", "-0.5"),
        ("+.50", "0.50"), ("007", "7"), ("00.5", "0.5"), ("0", "0"), ("000", "0"), ("-0", "-0"), ("-00.10", "-0.10"),
        ("0.0000", "0.0000"), ("123456789012345678", "123456789012345678"), ("10.00", "10.00"),
    ])
    func becomesAJSONNumberOfTheSameDigits(text: String, number: String) throws {
        let amount = try #require(parsed(text))
        var bytes: [UInt8] = []
        amount.appendJSON(text.utf8.span, to: &bytes)
        #expect(try JSONValue(parsing: bytes) == .number(number))
    }

    @Test(arguments: [("0.5", 1), ("-0.12345", 5), ("7", 0), (".50", 2)])
    func countsItsDecimals(text: String, decimals: Int) throws {
        let amount = try #require(parsed(text))
        #expect(amount.decimals == decimals)
        #expect(amount.isNegative == text.hasPrefix("-"))
    }

    @Test(arguments: [
        "", "+", "-", ".", "5.", "-.", "1.2.3", "1,5", "1e3", "1_000", " 1", "1 ", "--1", "+-1", "0.5ml", "NaN",
        "Infinity", "1234567890123456789", "٥",
    ])
    func refusesAnythingElse(text: String) {
        #expect(parsed(text) == nil)
    }
}
