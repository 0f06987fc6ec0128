import Deliveries
import Foundation
import Testing

/// D-31, T-11: seconds, dates, garbage and a week.
@Suite struct RetryAfterTests {
    /// Sun, 06 Nov 2033 08:49:37 GMT.
    private static let now = Date(timeIntervalSince1970: 2_014_879_777)

    @Test(arguments: [
        ("120", 120), (" 7 ", 7), ("604800", 604_800), ("99999999999999999999999", 31_536_000),
        ("Sun, 06 Nov 2033 08:51:37 GMT", 120), ("Sunday, 06-Nov-33 08:51:37 GMT", 120),
        ("Sun Nov  6 08:51:37 2033", 120),
    ])
    func aPauseIsReadInEachForm(_ text: String, _ seconds: Int) {
        #expect(RetryAfter.pause(text, now: Self.now) == .seconds(seconds))
    }

    @Test(arguments: [
        "", "0", "-5", "1.5", "soon", "12 s", "Sun, 06 Nov 2033 08:49:37 GMT", "Sun, 06 Nov 2001 08:51:37 GMT",
        "Sun, 06 Nov 2033 08:51:37 +0100", "Sun, 06 Foo 2033 08:51:37 GMT", "Sun, 06 Nov 2033 08:51 GMT",
        "Sun, 06 Nov 2033 25:51:37 GMT", "٣", "Sun, 06 Nov 99999 08:51:37 GMT",
    ])
    func whatIsMalformedOrPastIsPassedOver(_ text: String) {
        #expect(RetryAfter.pause(text, now: Self.now) == nil)
    }

    @Test func aWeekIsAnHour() {
        let asked = RetryAfter.pause("604800", now: Self.now)
        #expect(AttemptOutcome(httpStatus: 503, retryAfter: asked).pauseAskedFor == .seconds(3600))
        #expect(AttemptOutcome(httpStatus: 503, retryAfter: nil).pauseAskedFor == nil)
        #expect(AttemptOutcome(httpStatus: 404, retryAfter: asked).pauseAskedFor == nil)
    }
}
