import FHIR
import Testing

@Suite struct CivilDateTests {
    @Test(arguments: [
        (1970, 1, 1, 0), (1969, 12, 31, -1), (2000, 2, 29, 11_016), (2000, 3, 1, 11_017), (1900, 2, 28, -25_509),
        (1900, 3, 1, -25_508), (2024, 2, 29, 19_782), (2024, 12, 31, 20_088), (1, 1, 1, -719_162),
        (9999, 12, 31, 2_932_896),
    ])
    func countsDaysFrom1970(year: Int, month: Int, day: Int, days: Int32) throws {
        let date = try #require(CivilDate(year: year, month: month, day: day))
        #expect(date.daysSince1970 == days)
        #expect(CivilDate(daysSince1970: days) == date)
    }

    @Test func countsEveryDayOnceOverFourCenturies() throws {
        var days = try #require(CivilDate(year: 1800, month: 1, day: 1)).daysSince1970
        for year in 1800..<2210 {
            for month in 1...12 {
                for day in 1...CivilDate.daysInMonth(year: year, month: month) {
                    let date = CivilDate(year: year, month: month, day: day)
                    guard date?.daysSince1970 == days, CivilDate(daysSince1970: days) == date else {
                        Issue.record("\(year)-\(month)-\(day)")
                        return
                    }
                    days += 1
                }
            }
        }
    }

    @Test(arguments: [
        (1900, 2, 29), (2023, 2, 29), (2100, 2, 29), (2024, 2, 30), (2024, 4, 31), (2024, 13, 1), (2024, 0, 1),
        (2024, 1, 0), (2024, 1, 32), (0, 1, 1), (10_000, 1, 1),
    ])
    func refusesDaysTheCalendarLacks(year: Int, month: Int, day: Int) {
        #expect(CivilDate(year: year, month: month, day: day) == nil)
    }

    @Test func staysWithinItsYears() {
        #expect(CivilDate(daysSince1970: .min).description == "0001-01-01")
        #expect(CivilDate(daysSince1970: .max).description == "9999-12-31")
    }

    @Test func writesBothForms() throws {
        var bytes: [UInt8] = []
        try #require(CivilDate(year: 987, month: 6, day: 5)).appendCompact(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "09870605")
        #expect(CivilDate(year: 987, month: 6, day: 5)?.description == "0987-06-05")
    }
}
