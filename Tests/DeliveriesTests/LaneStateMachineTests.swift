import Deliveries
import Foundation
import Testing

/// What follows from an attempt (`delivery.md` §5).
@Suite struct LaneStateMachineTests {
    private static let outage = AttemptOutcome.transient(.noResponse, retryAfter: nil)
    private static let hour = 3600

    private func action(
        _ outcome: AttemptOutcome,
        failures: Int = 0,
        failingFor: Duration = .zero,
        jitter: Double = 1
    ) -> LaneStateMachine.Action {
        var machine = machine(failures, failingFor)
        return machine.attempted(outcome, jitter: jitter)
    }

    /// A machine for a notification of one event.
    private func machine(_ failures: Int, _ failingFor: Duration = .zero) -> LaneStateMachine {
        LaneStateMachine(
            work: .batch(
                FrozenBatch(
                    numbers: 7...7,
                    bundleID: UUID(),
                    frozenAt: Date(timeIntervalSince1970: 1_700_000_000),
                    failures: failures,
                    failingFor: failingFor
                )
            )
        )
    }

    @Test func aHandshakeHasOneAttempt() {
        for outcome in [Self.outage, .misconfigured(httpStatus: 404), .rejected(httpStatus: 400)] {
            var machine = LaneStateMachine(work: .handshake(total: 0))
            #expect(machine.attempted(outcome, jitter: 1) == .park)
        }
        var machine = LaneStateMachine(work: .handshake(total: 0))
        #expect(machine.attempted(.accepted(httpStatus: 200), jitter: 1) == .advance)
    }

    @Test func acceptanceMovesOnAndForgetsFailures() {
        var machine = machine(9, .seconds(80 * Self.hour))
        #expect(machine.attempted(.accepted(httpStatus: 202), jitter: 1) == .advance)
        #expect(machine.failures == 0)
    }

    @Test func goneSwitchesOffAtOnce() {
        #expect(action(.gone) == .switchOff)
        #expect(action(.gone, failures: 3, failingFor: .seconds(60)) == .switchOff)
    }

    @Test(arguments: zip([0, 1, 2, 7, 8, 50], [5, 15, 60, 1800, 1800, 1800]))
    func anOutageIsTriedAgainOnItsSchedule(_ failures: Int, _ seconds: Int) {
        var machine = machine(failures)
        #expect(machine.attempted(Self.outage, jitter: 1) == .wait(.seconds(seconds), failing: failures >= 4))
        #expect(machine.failures == failures + 1)
    }

    @Test(arguments: [
        AttemptOutcome.misconfigured(httpStatus: 404), .misconfigured(httpStatus: nil), .rejected(httpStatus: 422),
    ])
    func aRefusalIsTriedAgainOnTheSlowSchedule(_ outcome: AttemptOutcome) {
        #expect(action(outcome) == .wait(.seconds(60), failing: false))
        #expect(action(outcome, failures: 3) == .wait(.seconds(3600), failing: false))
    }

    @Test func jitterIsApplied() {
        #expect(action(Self.outage, failures: 2, jitter: 1.2) == .wait(.seconds(72), failing: false))
    }

    /// T-11.
    @Test(arguments: [(120, 120), (1, 5), (3600, 3600), (7 * 24 * 3600, 3600), (-5, 5)])
    func aRequestedPauseIsHonouredWithinBounds(_ asked: Int, _ expected: Int) {
        let outcome = AttemptOutcome.transient(.errorResponse(httpStatus: 503), retryAfter: .seconds(asked))
        #expect(action(outcome) == .wait(.seconds(expected), failing: false))
    }

    @Test func theSubscriptionShowsFailuresAfterFiveOrAfterTwoAndFiveMinutes() {
        func isFailing(_ failures: Int, _ seconds: Int) -> Bool? {
            guard
                case .wait(_, let failing) = action(Self.outage, failures: failures - 1, failingFor: .seconds(seconds))
            else { return nil }
            return failing
        }
        #expect(isFailing(1, 0) == false)
        #expect(isFailing(1, 400) == false)
        #expect(isFailing(2, 300) == false)
        #expect(isFailing(2, 301) == true)
        #expect(isFailing(4, 100) == false)
        #expect(isFailing(5, 10) == true)
    }

    @Test func theBudgetIsTimeNotACount() {
        let short = Duration.seconds(72 * Self.hour - 1)
        #expect(action(Self.outage, failures: 10_000, failingFor: short) == .wait(.seconds(1800), failing: true))
        #expect(action(Self.outage, failures: 1, failingFor: .seconds(72 * Self.hour)) == .park)
        #expect(action(.misconfigured(httpStatus: 401), failures: 1, failingFor: .seconds(72 * Self.hour)) == .park)
    }

    @Test func refusedContentParksAfterADay() {
        let short = Duration.seconds(24 * Self.hour - 1)
        #expect(
            action(.rejected(httpStatus: 400), failures: 20, failingFor: short) == .wait(.seconds(3600), failing: true)
        )
        #expect(action(.rejected(httpStatus: 400), failures: 20, failingFor: .seconds(24 * Self.hour)) == .park)
    }

    /// D-22: a batch of several is split at once, whatever the lane's policy.
    @Test(arguments: RefusalPolicy.allCases, [400, 413, 415, 422])
    func aRefusedBatchIsSplit(_ policy: RefusalPolicy, _ status: Int) {
        let batch = FrozenBatch(numbers: 3...12, bundleID: UUID(), frozenAt: Date(timeIntervalSince1970: 1_700_000_000))
        var machine = LaneStateMachine(work: .batch(batch), policy: policy)
        #expect(machine.attempted(.rejected(httpStatus: status), jitter: 1) == .split)
        machine = LaneStateMachine(work: .batch(batch), policy: policy)
        #expect(machine.attempted(Self.outage, jitter: 1) == .wait(.seconds(5), failing: false))
        machine = LaneStateMachine(work: .batch(batch), policy: policy)
        #expect(machine.attempted(.misconfigured(httpStatus: 401), jitter: 1) == .wait(.seconds(60), failing: false))
    }

    /// D-22: after a day the policy says what becomes of the event that is refused.
    @Test func anEventRefusedForADayIsSetAsideOnlyByThePolicySkip() {
        func action(_ policy: RefusalPolicy, _ outcome: AttemptOutcome, hours: Int) -> LaneStateMachine.Action {
            let batch = FrozenBatch(
                numbers: 3...3,
                bundleID: UUID(),
                frozenAt: Date(timeIntervalSince1970: 1_700_000_000),
                failures: 9,
                failingFor: .seconds(hours * Self.hour)
            )
            var machine = LaneStateMachine(work: .batch(batch), policy: policy)
            return machine.attempted(outcome, jitter: 1)
        }
        #expect(action(.skip, .rejected(httpStatus: 422), hours: 23) == .wait(.seconds(3600), failing: true))
        #expect(action(.skip, .rejected(httpStatus: 422), hours: 24) == .setAside)
        #expect(action(.block, .rejected(httpStatus: 422), hours: 24) == .park)
        // An endpoint that is away refuses nothing.
        #expect(action(.skip, Self.outage, hours: 48) == .wait(.seconds(1800), failing: true))
        #expect(action(.skip, .misconfigured(httpStatus: 404), hours: 72) == .park)
    }
}
