import Feeds
import Testing
import Vaccination

@Suite struct RowEffectTests {
    private static let identifier = RecordIdentifier(system: "https://s/", value: "7")
    private static let duplicate = RowEffect.rejected(.duplicate(identifier))
    private static let notFound = RowEffect.rejected(.notFound(identifier))

    @Test(arguments: [
        (ActionFlag.new, RecordState.unknown, RowEffect.created, RecordState.live(version: 1)),
        (.new, .live(version: 3), duplicate, .live(version: 3)),
        (.new, .deleted(version: 3), .reinstated, .live(version: 4)),
        (.update, .unknown, notFound, .unknown),
        (.update, .live(version: 3), .updated, .live(version: 4)),
        (.update, .deleted(version: 3), .reinstated, .live(version: 4)),
        (.delete, .unknown, notFound, .unknown),
        (.delete, .live(version: 3), .deleted, .deleted(version: 3)),
        (.delete, .deleted(version: 3), notFound, .deleted(version: 3)),
    ])
    func theTableOfActionsAndStatesHolds(action: ActionFlag, state: RecordState, effect: RowEffect, after: RecordState)
    {
        #expect(RowEffect.decide(action, on: state, identifier: Self.identifier) == effect)
        #expect(state.after(effect) == after)
    }

    @Test func theStoredRecordsTypeNeedsThePermissionToo() {
        for action in ActionFlag.allCases {
            for state in [RecordState.unknown, .live(version: 1), .deleted(version: 1)] {
                let permitted = RowEffect.decide(action, on: state, identifier: Self.identifier)
                let refused = RowEffect.decide(
                    action,
                    on: state,
                    permittedOnStoredType: false,
                    identifier: Self.identifier
                )
                switch permitted {
                case .created, .rejected: #expect(refused == permitted)
                case .updated, .reinstated, .deleted: #expect(refused == .rejected(.noPermission))
                }
            }
        }
    }

    @Test func rejectionsNameTheRecordAsSuppliersKnowIt() {
        #expect(RowFinding.duplicate(Self.identifier).text == "The provided identifier: https://s/#7 is duplicated")
        #expect(RowFinding.notFound(Self.identifier).text == "Immunization resource does not exist. ID: https://s/#7")
    }

    @Test func aFileIsOpenUntilItsLastRowHasAnOutcome() {
        #expect(
            FeedStatus.allCases.filter { !$0.isFinal } == [
                .receiving, .queued, .processing, .paused, .halted, .preprocessed, .forwarding,
            ]
        )
    }
}
