import Deliveries
import Testing

/// The circuit breaker of an origin (`delivery.md` §6).
@Suite struct OriginBreakerTests {
    private static let outage = AttemptOutcome.transient(.noResponse, retryAfter: nil)
    private static let error = AttemptOutcome.transient(.errorResponse(httpStatus: 503), retryAfter: nil)
    private static let fine = AttemptOutcome.accepted(httpStatus: 202)

    private func opened(at time: Duration = .zero) -> OriginBreaker {
        var breaker = OriginBreaker()
        for _ in 0..<5 { _ = breaker.attempted(Self.outage, at: time, jitter: 1) }
        return breaker
    }

    @Test func fiveFailuresInARowOpenIt() {
        var breaker = OriginBreaker()
        for _ in 0..<4 { #expect(breaker.attempted(Self.error, at: .zero, jitter: 1) == false) }
        #expect(breaker.room(at: .zero) == nil)
        #expect(breaker.attempted(Self.outage, at: .zero, jitter: 1) == true)
        #expect(breaker.state == .open(probeAt: .seconds(5)))
        #expect(breaker.room(at: .seconds(4)) == 0)
    }

    @Test(arguments: [
        AttemptOutcome.accepted(httpStatus: 200), .rejected(httpStatus: 422), .misconfigured(httpStatus: 404), .gone,
        .transient(.errorResponse(httpStatus: 429), retryAfter: nil),
        .transient(.errorResponse(httpStatus: 408), retryAfter: nil),
    ])
    func whoAnswersWithoutAFaultOfItsOwnIsAlive(_ answer: AttemptOutcome) {
        var breaker = OriginBreaker()
        for _ in 0..<9 {
            // Enough answers that failures are not half of the attempts either.
            for _ in 0..<5 { _ = breaker.attempted(answer, at: .zero, jitter: 1) }
            for _ in 0..<4 { _ = breaker.attempted(Self.outage, at: .zero, jitter: 1) }
        }
        #expect(breaker.state == .closed)
    }

    @Test func halfOfTwentyAttemptsInAMinuteOpenIt() {
        var breaker = OriginBreaker()
        for number in 0..<19 {
            let outcome = number.isMultiple(of: 2) ? Self.outage : Self.fine
            #expect(breaker.attempted(outcome, at: .seconds(number), jitter: 1) == false)
        }
        #expect(breaker.attempted(Self.fine, at: .seconds(20), jitter: 1) == true, "10 of 20")
    }

    @Test func failuresOfMoreThanAMinuteAgoDoNotCount() {
        var breaker = OriginBreaker()
        for number in 0..<19 {
            _ = breaker.attempted(number.isMultiple(of: 2) ? Self.outage : Self.fine, at: .seconds(number), jitter: 1)
        }
        #expect(breaker.attempted(Self.outage, at: .seconds(120), jitter: 1) == false)
    }

    @Test func probesFollowTheSlowerAndSlowerSchedule() {
        var breaker = opened()
        var time = Duration.zero
        for pause in [5, 15, 60, 120, 300, 600, 1200, 1800, 1800] {
            #expect(breaker.state == .open(probeAt: time + .seconds(pause)))
            time += .seconds(pause)
            #expect(breaker.room(at: time) == 1)
            _ = breaker.attempted(Self.outage, at: time, jitter: 1)
        }
    }

    @Test func twoSuccessesCloseIt() {
        var breaker = opened()
        #expect(breaker.attempted(Self.fine, at: .seconds(6), jitter: 1) == true)
        #expect(breaker.state == .halfOpen)
        #expect(breaker.room(at: .seconds(6)) == 1)
        #expect(breaker.attempted(Self.fine, at: .seconds(7), jitter: 1) == true)
        #expect(breaker.state == .closed)
        #expect(breaker.trips == 0)
    }

    @Test func aFailureWhileHalfOpenOpensItForLonger() {
        var breaker = opened()
        _ = breaker.attempted(Self.fine, at: .seconds(6), jitter: 1)
        _ = breaker.attempted(Self.outage, at: .seconds(7), jitter: 1)
        #expect(breaker.state == .open(probeAt: .seconds(22)))
    }

    @Test func answersToWhatWasOnItsWayChangeNothing() {
        var breaker = opened()
        #expect(breaker.attempted(Self.fine, at: .seconds(1), jitter: 1) == false)
        #expect(breaker.attempted(Self.outage, at: .seconds(2), jitter: 1) == false)
        #expect(breaker.state == .open(probeAt: .seconds(5)))
    }

    @Test func anOperatorsWishComesFirst() {
        var breaker = opened()
        breaker.override = .closed
        #expect(breaker.room(at: .zero) == nil)
        var other = OriginBreaker()
        other.override = .open
        #expect(other.room(at: .seconds(100_000)) == 0)
    }

    @Test func itIsTakenOverFromAnotherProcess() {
        var breaker = OriginBreaker()
        breaker.adopt(trips: 3, probeAt: .seconds(40))
        #expect(breaker.room(at: .seconds(39)) == 0)
        _ = breaker.attempted(Self.outage, at: .seconds(40), jitter: 1)
        #expect(breaker.state == .open(probeAt: .seconds(160)))
        #expect(breaker.adoptClosing() == true)
        #expect(breaker.state == .closed)
        #expect(breaker.adoptClosing() == false)
    }
}
