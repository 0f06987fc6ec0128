import Deliveries
import Testing

@Suite struct RetryScheduleTests {
    @Test(arguments: zip(1...10, [5, 15, 60, 120, 300, 600, 1200, 1800, 1800, 1800]))
    func pausesAfterAnOutage(_ failure: Int, _ seconds: Int) {
        #expect(RetrySchedule.outage.delay(afterFailure: failure, jitter: 1) == .seconds(seconds))
    }

    @Test(arguments: zip(1...6, [60, 600, 1800, 3600, 3600, 3600]))
    func pausesAfterARefusal(_ failure: Int, _ seconds: Int) {
        #expect(RetrySchedule.refusal.delay(afterFailure: failure, jitter: 1) == .seconds(seconds))
    }

    /// D-30.
    @Test func jitterScalesThePause() {
        #expect(RetrySchedule.outage.delay(afterFailure: 3, jitter: 0.8) == .seconds(48))
        #expect(RetrySchedule.outage.delay(afterFailure: 3, jitter: 1.2) == .seconds(72))
    }
}
