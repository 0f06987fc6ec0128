import Deliveries
import Testing

/// How fast an origin is sent to (`delivery.md` §7, D-34).
@Suite struct OriginRateTests {
    /// How many are sent from one time to another by somebody who always waits for the next token.
    private func sent(_ rate: inout OriginRate, from start: Int, seconds: Int) -> Int {
        var (time, count) = (Duration.seconds(start), 0)
        while time < .seconds(start + seconds) {
            let wait = rate.take(at: time, patience: .seconds(60))
            time += wait
            if time < .seconds(start + seconds) { count += 1 }
        }
        return count
    }

    @Test func aQuietOriginGetsABurstAndThenItsRate() {
        var rate = OriginRate(limit: 50, burst: 50)
        #expect((95...101).contains(sent(&rate, from: 0, seconds: 1)))
        #expect((49...51).contains(sent(&rate, from: 1, seconds: 1)))
    }

    @Test func overloadHalvesTheRateAndItComesBackByATenthAMinute() {
        var rate = OriginRate(limit: 50, burst: 50)
        rate.halve(at: .zero)
        #expect(rate.rate(at: .zero) == 25)
        rate.halve(at: .zero)
        #expect(rate.rate(at: .zero) == 12.5)
        #expect(rate.rate(at: .seconds(60)) == 17.5)
        #expect(rate.rate(at: .seconds(600)) == 50)
        for _ in 0..<20 { rate.halve(at: .seconds(600)) }
        #expect(rate.rate(at: .seconds(600)) == 1, "never less than one a second")
    }

    /// D-34.
    @Test func afterAnOutageTheRateBeginsAtOneASecondAndDoublesEveryTenSeconds() {
        var rate = OriginRate(limit: 50, burst: 50)
        rate.beginSlowly(at: .seconds(100))
        #expect(
            [0, 9, 10, 20, 30, 40, 50, 60].map { rate.rate(at: .seconds(100 + $0)) } == [1, 1, 2, 4, 8, 16, 32, 50]
        )
        #expect((9...11).contains(sent(&rate, from: 100, seconds: 10)))
        #expect((18...22).contains(sent(&rate, from: 110, seconds: 10)))
        #expect((36...44).contains(sent(&rate, from: 120, seconds: 10)))
    }

    @Test func aTokenThatIsTooFarAwayIsNotTaken() {
        var rate = OriginRate(limit: 1, burst: 1)
        #expect(rate.take(at: .zero, patience: .seconds(5)) == .zero)
        for expected in 1...5 { #expect(rate.take(at: .zero, patience: .seconds(5)) == .seconds(expected)) }
        #expect(rate.take(at: .zero, patience: .seconds(5)) == .seconds(6))
        #expect(rate.take(at: .zero, patience: .seconds(5)) == .seconds(6))
    }
}
