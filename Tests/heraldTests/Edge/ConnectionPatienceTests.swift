import NIOCore
import Testing

@testable import WebAPI

/// When a client has been slow for too long, as a rule without a clock.
struct ConnectionPatienceTests {
    private let limits = ConnectionLimits()
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private func after(_ seconds: Int64) -> NIODeadline { start + .seconds(seconds) }

    @Test func theFirstHeadAndTheNextHaveTheirTime() {
        var patience = ConnectionPatience(limits: limits, now: start)
        #expect(patience.deadline == start + limits.head)
        patience.head(expectsContinue: false)
        patience.end(now: after(1))
        #expect(patience.deadline == nil, "it is the hub's turn")
        patience.answered(now: after(100))
        #expect(patience.deadline == after(100) + limits.idle)
    }

    @Test func aBodyThatDripsHasTwentySecondsInAll() {
        var patience = ConnectionPatience(limits: limits, now: start)
        patience.head(expectsContinue: false)
        for second in 0..<20 {
            patience.wantsMore(now: after(Int64(second)))
            #expect(patience.deadline.map { $0 > after(Int64(second)) } == true)
            patience.body(bytes: 1, now: after(Int64(second) + 1))
        }
        patience.wantsMore(now: after(20))
        #expect(patience.deadline == after(20))
    }

    @Test func aBodyThatComesAtAGoodPaceHasAllTheTimeItNeeds() {
        var patience = ConnectionPatience(limits: limits, now: start)
        patience.head(expectsContinue: false)
        for second in 0..<10_000 {
            patience.wantsMore(now: after(Int64(second)))
            patience.body(bytes: limits.bodyBytesPerSecond, now: after(Int64(second) + 1))
        }
        patience.wantsMore(now: after(10_000))
        // Whatever it has earned, it may not stop for long.
        #expect(patience.deadline.map { $0 <= after(10_000) + limits.idle && $0 > after(10_010) } == true)
    }

    @Test func timeInWhichTheHubDoesNotReadCountsForNothing() {
        var patience = ConnectionPatience(limits: limits, now: start)
        patience.head(expectsContinue: false)
        patience.wantsMore(now: start)
        patience.body(bytes: 10, now: after(1))
        #expect(patience.deadline == nil)
        patience.wantsMore(now: after(3600))
        #expect(patience.deadline == after(3619))
    }

    @Test func aClientThatHoldsItsBodyBackIsNotHurriedBeforeItIsAsked() {
        var patience = ConnectionPatience(limits: limits, now: start)
        patience.head(expectsContinue: true)
        patience.wantsMore(now: start)
        #expect(patience.deadline == nil)
        patience.askedForBody(now: after(100))
        #expect(patience.deadline == after(120))
    }

    @Test func aBodyThatGoesOnAfterItsAnswerEndsSoon() {
        var patience = ConnectionPatience(limits: limits, now: start)
        patience.head(expectsContinue: false)
        patience.answered(now: start)
        #expect(patience.deadline == start + limits.rest)
        patience.body(bytes: limits.restBytes + 1, now: after(1))
        #expect(patience.deadline.map { $0 <= after(1) } == true)
    }

    @Test func aClientThatTakesNothingOfItsAnswerIsLeft() {
        var patience = ConnectionPatience(limits: limits, now: start)
        patience.head(expectsContinue: false)
        patience.end(now: start)
        patience.takes(false, now: after(1))
        #expect(patience.deadline == after(1) + limits.write)
        patience.takes(true, now: after(2))
        #expect(patience.deadline == nil)
    }
}
