import Testing

@testable import Kafka

struct RebalanceStateMachineTests {
    private let first = KafkaPartition(topic: "t", number: 0)
    private let second = KafkaPartition(topic: "t", number: 1)

    private func position(_ partition: KafkaPartition) -> KafkaPosition {
        KafkaPosition(partition: partition, offset: 5)
    }

    private func owning(_ partitions: [KafkaPartition]) -> RebalanceStateMachine {
        var machine = RebalanceStateMachine()
        machine.answered(.assign(partitions.map(position)))
        return machine
    }

    @Test func anAssignmentWaitsForItsAnswer() {
        var machine = RebalanceStateMachine()
        machine.handedOut(.assigned([first]))
        #expect(machine.isUnanswered)
        #expect(machine.owned.isEmpty)
        let action = machine.assign([position(first)], isCooperative: false)
        #expect(action == .assign([position(first)]))
        machine.answered(.assign([position(first)]))
        #expect(!machine.isUnanswered)
        #expect(machine.owned == [first])
    }

    @Test func aRevokedPartitionIsNotOwnedFromTheMomentItIsHandedOut() {
        var machine = owning([first, second])
        machine.handedOut(.revoked([second], lost: false))
        #expect(machine.owned == [first])
        #expect(machine.isUnanswered)
    }

    @Test func aRevocationCannotBeAnsweredByAssigning() {
        var machine = owning([first])
        machine.handedOut(.revoked([first], lost: true))
        #expect(machine.assign([position(first)], isCooperative: false) == nil)
        #expect(machine.assign([position(first)], isCooperative: true) == nil)
    }

    @Test func anEagerRevocationClearsAndACooperativeOneRemoves() {
        var machine = owning([first, second])
        machine.handedOut(.revoked([second], lost: false))
        #expect(machine.unassign(isCooperative: false) == .clear)
        #expect(machine.unassign(isCooperative: true) == .remove([second]))
        machine.answered(.remove([second]))
        #expect(machine.owned == [first])
        #expect(!machine.isUnanswered)
    }

    @Test func aCooperativeAssignmentAdds() {
        var machine = owning([first])
        machine.handedOut(.assigned([second]))
        #expect(machine.assign([position(second)], isCooperative: true) == .add([position(second)]))
        machine.answered(.add([position(second)]))
        #expect(machine.owned == [first, second])
    }

    @Test func anAssignmentMayBeRefused() {
        var machine = RebalanceStateMachine()
        machine.handedOut(.assigned([first]))
        #expect(machine.unassign(isCooperative: false) == .clear)
        #expect(machine.unassign(isCooperative: true) == .add([]))
    }

    @Test func recordsAndLostPositionsWaitForNothing() {
        var machine = owning([first])
        machine.handedOut(.records([]))
        machine.handedOut(.positionLost(first, .closed))
        #expect(!machine.isUnanswered)
        #expect(machine.owned == [first])
    }

    @Test func anOrdinarySeekNeedsNoNewAssignment() throws {
        let machine = owning([first, second])
        #expect(try machine.seek([position(first)], isCooperative: false) { _ in 7 } == [])
    }

    @Test func aPartitionThatStandsStillIsAssignedAnewWithTheOthersWhereTheyAre() throws {
        var machine = owning([first, second])
        machine.handedOut(.positionLost(first, .closed))
        let target = KafkaPosition(partition: first, offset: 90)
        let actions = try machine.seek([target], isCooperative: false) { $0 == second ? 7 : nil }
        #expect(actions == [.assign([target, KafkaPosition(partition: second, offset: 7)])])
        // One that has not been read yet starts again where it was told to.
        let unread = try machine.seek([target], isCooperative: false) { _ in nil }
        #expect(unread == [.assign([target, position(second)])])
        #expect(try machine.seek([target], isCooperative: true) { _ in nil } == [.remove([first]), .add([target])])
        machine.answered(.assign([target, position(second)]))
        #expect(try machine.seek([target], isCooperative: false) { _ in nil } == [])
    }
}
