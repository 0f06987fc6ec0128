import Testing
import Vaccination

@Suite struct FeedDateTests {
    private func parse(_ text: String) -> Int32? {
        var text = text
        return text.withUTF8 { FeedDate.parse($0) }
    }

    @Test(arguments: [
        ("19700101", 0), ("1970-01-01", 0), ("20000229", 11_016), ("2024-02-29", 19_782), ("19540309", -5777),
        ("99991231", 2_932_896),
    ])
    func countsDaysFrom1970(text: String, days: Int32) {
        #expect(parse(text) == days)
    }

    @Test(arguments: [
        "", "1970010", "197001011", "19700230", "20230229", "19000229", "1970-1-1", "1970-01-1", "1970/01/01",
        "1970-0101", "01011970", "1970010x", " 19700101", "19700101 ", "00000101", "1970-13-01", "+9700101",
        "1970-01-01T00:00:00", "１９７００１０１",
    ])
    func refusesAnythingElse(text: String) {
        #expect(parse(text) == nil)
    }
}
