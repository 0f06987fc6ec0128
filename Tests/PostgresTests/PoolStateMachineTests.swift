import Testing

@testable import Postgres

struct PoolStateMachineTests {
    private typealias Machine = PoolStateMachine<String>

    @Test func opensUpToTheLimitThenQueues() {
        var machine = Machine(maximum: 2)
        guard case .open = machine.lease(for: 1), case .open = machine.lease(for: 2) else { return fail() }
        guard case .wait = machine.lease(for: 3), case .wait = machine.lease(for: 4) else { return fail() }
        guard case .lend("a", to: 3) = machine.giveBack("a") else { return fail() }
        guard case .lend("b", to: 4) = machine.giveBack("b") else { return fail() }
        #expect(machine.lent == 2 && machine.idle.isEmpty && machine.waiting.isEmpty)
    }

    @Test func lendsTheConnectionGivenBackLast() {
        var machine = Machine(maximum: 2)
        _ = (machine.lease(for: 1), machine.lease(for: 2), machine.giveBack("a"), machine.giveBack("b"))
        guard case .use("b") = machine.lease(for: 3) else { return fail() }
    }

    @Test func aBrokenConnectionsPlaceGoesToWhoWaits() {
        var machine = Machine(maximum: 1)
        _ = (machine.lease(for: 1), machine.lease(for: 2))
        guard case .open(for: 2) = machine.giveBack(nil) else { return fail() }
        guard case .kept = machine.giveBack(nil), case .open = machine.lease(for: 3) else { return fail() }
    }

    @Test func aCancelledWaiterIsPassedOver() {
        var machine = Machine(maximum: 1)
        _ = (machine.lease(for: 1), machine.lease(for: 2), machine.lease(for: 3))
        let (first, second) = (machine.cancel(2), machine.cancel(2))
        #expect(first && !second)
        guard case .lend("a", to: 3) = machine.giveBack("a") else { return fail() }
    }

    @Test func closingFreesWaitersAndDrains() {
        var machine = Machine(maximum: 2)
        _ = (machine.lease(for: 1), machine.lease(for: 2), machine.giveBack("idle"), machine.lease(for: 3))
        _ = machine.giveBack("idle")
        _ = (machine.lease(for: 4), machine.lease(for: 5))
        let (idle, waiting, isDrained) = machine.close()
        #expect(idle.isEmpty && waiting == [5] && !isDrained)
        guard case .refuse = machine.lease(for: 6) else { return fail() }
        guard case .close(isDrained: false) = machine.giveBack("a") else { return fail() }
        guard case .close(isDrained: true) = machine.giveBack(nil) else { return fail() }
    }

    private func fail(_ location: SourceLocation = #_sourceLocation) {
        Issue.record("another answer was expected", sourceLocation: location)
    }
}
