import Foundation
import Testing

@testable import herald

@Suite struct SampleDayTests {
    @Test(arguments: [
        (0, "19700101"), (951_782_400, "20000229"), (1_709_164_800, "20240229"), (1_763_816_400, "20251122"),
        (-1, "19691231"), (4_102_444_800, "21000101"),
    ])
    func writesTheCalendarDay(seconds: Double, text: String) {
        #expect(SampleDay(Date(timeIntervalSince1970: seconds)).compact == text)
    }

    @Test func agreesWithFoundationOverACentury() {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        for number in stride(from: -20_000, to: 20_000, by: 17) {
            let parts = calendar.dateComponents(
                [.year, .month, .day],
                from: Date(timeIntervalSince1970: Double(number) * 86_400)
            )
            let text = String((parts.year ?? 0) * 10_000 + (parts.month ?? 0) * 100 + (parts.day ?? 0))
            #expect(SampleDay(number: number).compact == text)
        }
    }

    /// Clocks change on the last Sundays of March and October.
    @Test(arguments: [
        (1_743_206_400, "00"), (1_743_292_800, "01"), (1_761_350_400, "01"), (1_761_436_800, "00"),
    ])
    func knowsBritishSummerTime(seconds: Double, offset: String) {
        #expect(SampleDay(Date(timeIntervalSince1970: seconds)).offset == offset)
    }
}
