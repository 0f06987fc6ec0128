import FHIR
import Testing
import Vaccination

/// The search parameter `date` (immunisation-history.md Q-41).
@Suite struct DateFilterTests {
    private func accepts(_ filter: String, _ stored: String, now: String = "2026-11-27T12:00:00Z") throws -> Bool {
        let span = try #require(FHIRDateTime(stored)).londonSpan
        let now = try #require(FHIRDateTime(now)).firstMicrosecond
        return try #require(DateFilter(filter)).accepts(span, now: now)
    }

    /// the page's own examples, and the bounds of every prefix.
    @Test(arguments: [
        ("2021-02-07T13:28:17+00:00", ["2021-02", "2021", "ge2021-02-07", "le2021-02-07", "eq2021-02-07"]),
        ("2021-02-07T13:28:17+00:00", ["2021-02-07T13:28Z", "2021-02-07T13:28:17Z", "2021-02-07T14:28:17+01:00"]),
        (
            "2021-02-07T13:28:17+00:00",
            ["gt2021-02-06", "sa2021-02-06", "lt2021-02-08", "eb2021-02-08", "ne2021-02-08"]
        ),
        (
            "2021-02-07",
            ["2021-02-07", "ge2021-02-07", "gt2021-02-07T12:00Z", "lt2021-02-07T12:00Z", "ap2021-02-07T12:00Z"]
        ),
        ("2021-02-07", ["ne2021-02-07T12:00Z", "sa2021-02-06", "eb2021-02-08"]),
    ])
    func meets(stored: String, filters: [String]) throws {
        for filter in filters { #expect(try accepts(filter, stored), "\(filter)") }
    }

    @Test(arguments: [
        (
            "2021-02-07T13:28:17+00:00",
            ["gt2021-02-07", "lt2021-02-07", "sa2021-02-07", "eb2021-02-07", "ne2021-02-07"]
        ),
        (
            "2021-02-07T13:28:17+00:00",
            ["2021-02-07T13:29Z", "2021-02-07T13:28:18Z", "2020", "ge2021-02-08", "le2021-02-06"]
        ),
        ("2021-02-07", ["2021-02-07T12:00Z", "sa2021-02-07", "eb2021-02-07"]),
    ])
    func doesNotMeet(stored: String, filters: [String]) throws {
        for filter in filters { #expect(try !accepts(filter, stored), "\(filter)") }
    }

    /// days are London's, so they begin an hour before UTC's in summer, and two of them a year have 23 and 25 hours.
    @Test(arguments: [
        ("2024-07-01T23:30:00+00:00", "2024-07-02"), ("2024-07-02T00:30:00+01:00", "2024-07-02"),
        ("2024-07-02T22:59:59+00:00", "2024-07-02"), ("2024-07-02T23:00:00+00:00", "2024-07-03"),
        ("2024-01-01T23:30:00+00:00", "2024-01-01"), ("2024-01-02T00:00:00+01:00", "2024-01-01"),
        ("2024-03-31T00:00:00+00:00", "2024-03-31"), ("2024-03-31T22:59:59+00:00", "2024-03-31"),
        ("2024-03-31T23:00:00+00:00", "2024-04-01"), ("2024-10-26T23:00:00+00:00", "2024-10-27"),
        ("2024-10-27T23:59:59+00:00", "2024-10-27"), ("2024-10-28T00:00:00+00:00", "2024-10-28"),
        ("2024-06-30T23:00:00+00:00", "2024-07"), ("2023-12-31T23:59:59+00:00", "2023"),
    ])
    func daysAreLondons(stored: String, day: String) throws {
        #expect(try accepts(day, stored))
    }

    /// a tenth of the way between now and the span, on both sides.
    @Test func approximatelyWidensWithTheDistance() throws {
        #expect(try accepts("ap2024-11-17", "2024-11-08T12:00:00+00:00", now: "2025-02-25T00:00:00Z"))
        #expect(try !accepts("ap2024-11-17", "2024-11-06T12:00:00+00:00", now: "2025-02-25T00:00:00Z"))
        #expect(try !accepts("ap2024-11-17", "2024-11-16T23:00:00+00:00", now: "2024-11-17T10:00:00Z"))
    }

    @Test(arguments: [
        "", "eq", "2021-13", "2021-02-30", "21", "xx2021", "EQ2021", "2021-02-07T13", "2021-02-07T13:28",
        "2021-02-07 13:28Z",
        "2021-02-07T13:28:17", "2021-02-07T25:00Z", "2021-02-07T13:28:17 01:00", "gtgt2021", "2021-2-7", "ge-2021",
    ])
    func refuses(_ text: String) {
        #expect(DateFilter(text) == nil)
    }
}
