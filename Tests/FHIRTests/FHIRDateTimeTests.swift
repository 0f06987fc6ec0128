import FHIR
import Testing

@Suite struct FHIRDateTimeTests {
    private static let second: Int64 = 1_000_000
    private static let day: Int64 = 86_400 * second

    @Test(arguments: [
        ("1970", 0, 365 * day), ("1972", 730 * day, 1096 * day), ("1970-02", 31 * day, 59 * day),
        ("1970-01-02", day, 2 * day), ("1970-01-01T00:00:01Z", second, 2 * second),
        ("1970-01-01T01:00:00+01:00", 0, second),
        ("1970-01-01T00:00:00-14:00", 14 * 3600 * second, 14 * 3600 * second + second),
        ("1970-01-01T00:00:00", 0, second), ("1970-01-01T00:00:00.5Z", 500_000, 600_000),
        ("1970-01-01T00:00:00.123456789Z", 123_456, 123_457), ("1969-12-31T23:59:60Z", 0, second),
    ])
    func coversTheTimeItNames(text: String, first: Int64, end: Int64) throws {
        let time = try #require(FHIRDateTime(text))
        #expect(time.firstMicrosecond == first)
        #expect(time.lastMicrosecond == end - 1)
    }

    @Test(arguments: [
        "", "70", "1970-1", "1970-13", "1970-00", "0000", "1970-02-30", "1970-01-01T", "1970-01-01T00:00Z",
        "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z", "1970-01-01T00:00:61Z", "1970-01-01t00:00:00Z",
        "1970-01-01 00:00:00Z", "1970-01-01T00:00:00z", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00+0100",
        "1970-01-01T00:00:00+14:01", "1970-01-01T00:00:00+01:60", "1970-01-01T00:00:00Z ", "１９７０",
    ])
    func refusesWhatIsNoFHIRDateTime(text: String) {
        #expect(FHIRDateTime(text) == nil)
    }

    @Test func tellsWhatWasWritten() {
        #expect(FHIRDateTime("2024-02-29")?.hasTime == false)
        #expect(FHIRDateTime("2024-02-29T10:00:00")?.offsetMinutes == nil)
        #expect(FHIRDateTime("2024-02-29T10:00:00.20+01:00")?.precision == .second(fractionDigits: 2))
        #expect(FHIRDateTime("2024-02-29T10:00:00.20-01:30")?.offsetMinutes == -90)
    }
}
