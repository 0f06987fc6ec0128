import Events
import Foundation
import HeraldTestKit
import Subscriptions
import Testing
import Vaccination

/// Who hears of an event, and in which shape (`fhir-subscriptions.md` §4.3).
@Suite struct RoutingPlanTests {
    /// A row of the table: what the subscription was told last, what happens, and what it hears now.
    struct Row: CustomTestStringConvertible, Sendable {
        let told: EventShape?
        let kind: EventKind
        let matches: Bool
        let expected: EventShape?

        var testDescription: String { "told \(told.map { "\($0)" } ?? "nothing"), \(kind), matches: \(matches)" }
    }

    @Test(arguments: [
        Row(told: nil, kind: .recorded, matches: true, expected: .post),
        Row(told: nil, kind: .recorded, matches: false, expected: nil),
        Row(told: nil, kind: .corrected, matches: true, expected: .post),
        Row(told: nil, kind: .corrected, matches: false, expected: nil),
        Row(told: .post, kind: .corrected, matches: true, expected: .put),
        Row(told: .put, kind: .corrected, matches: true, expected: .put),
        Row(told: .post, kind: .corrected, matches: false, expected: .delete),
        Row(told: .put, kind: .corrected, matches: false, expected: .delete),
        Row(told: .delete, kind: .corrected, matches: true, expected: .post),
        Row(told: .delete, kind: .corrected, matches: false, expected: nil),
        Row(told: .post, kind: .removed, matches: true, expected: .delete),
        Row(told: .post, kind: .removed, matches: false, expected: .delete),
        Row(told: .put, kind: .removed, matches: false, expected: .delete),
        Row(told: .delete, kind: .removed, matches: true, expected: nil),
        Row(told: .delete, kind: .removed, matches: false, expected: nil),
        Row(told: nil, kind: .removed, matches: true, expected: .delete),
        Row(told: nil, kind: .removed, matches: false, expected: nil),
    ])
    func eachRowOfTheTable(_ row: Row) {
        let subscription = SubscriptionID(UUID())
        let event = VaccinationEvent.sample(change: 2, row.kind)
        var context = RoutingContext(routedThrough: [event.recordID: 1])
        if let told = row.told { context.recipients = [event.recordID: [subscription: told]] }

        let plan = RoutingPlan([event], context: context, matcher: Fixed(row.matches ? [subscription] : []))

        #expect(plan.routed.map(\.event) == [event])
        #expect(plan.routed[0].deliveries.map(\.shape) == row.expected.map { [$0] } ?? [])
    }

    @Test func aCorrectionToAnotherPatientTellsTheOldPracticeThatTheRecordIsGoneAndTheNewOneThatItIsThere() {
        let world = World()
        let deliveries = world.play([
            .sample(change: 1, .recorded, patient: 1), .sample(change: 2, .corrected, patient: 2),
        ])
        #expect(deliveries[0] == [world.practiceA: .post, world.nis: .post])
        #expect(deliveries[1] == [world.practiceA: .delete, world.practiceB: .post, world.nis: .put])
    }

    @Test func aPatientWhoChangedPracticeBetweenVersionsIsTheNewPracticesFromThenOn() {
        let world = World()
        let first = VaccinationEvent.sample(change: 1, .recorded, patient: 1)
        let second = VaccinationEvent.sample(change: 2, .corrected, patient: 1)
        var context = RoutingContext(patients: [.sample(1): PatientDetails(practice: "A00001")])
        let before = RoutingPlan([first], context: context, matcher: world.index)
        #expect(world.shapes(before)[0] == [world.practiceA: .post, world.nis: .post])

        context.patients = [.sample(1): PatientDetails(practice: "B00002")]
        context.routedThrough = [first.recordID: 1]
        context.recipients = [first.recordID: [world.practiceA: .post, world.nis: .post]]
        let after = RoutingPlan([second], context: context, matcher: world.index)
        #expect(world.shapes(after)[0] == [world.practiceA: .delete, world.practiceB: .post, world.nis: .put])
    }

    @Test func aRemovalReachesWhoeverHoldsTheRecordAndThePracticeThePatientMovedTo() {
        let world = World()
        let removal = VaccinationEvent.sample(change: 2, .removed, patient: 1)
        let context = RoutingContext(
            patients: [.sample(1): PatientDetails(practice: "B00002")],
            routedThrough: [removal.recordID: 1],
            recipients: [removal.recordID: [world.practiceA: .post, world.nis: .post]]
        )
        let plan = RoutingPlan([removal], context: context, matcher: world.index)
        #expect(world.shapes(plan)[0] == [world.practiceA: .delete, world.practiceB: .delete, world.nis: .delete])
    }

    @Test func aReinstatedRecordComesIntoViewAnew() {
        let world = World()
        let deliveries = world.play([
            .sample(change: 1, .recorded, patient: 1), .sample(change: 2, .removed, patient: 1),
            .sample(change: 3, .corrected, patient: 1), .sample(change: 4, .corrected, patient: 1),
        ])
        #expect(deliveries.map { $0[world.practiceA] } == [.post, .delete, .post, .put])
        #expect(deliveries.map { $0[world.nis] } == [.post, .delete, .post, .put])
    }

    @Test func aRecordWithoutNHSNumberGoesToTheNationalFeedOnly() {
        let world = World(unfiltered: .subscriber)
        let deliveries = world.play([.sample(change: 1, .recorded, patient: nil)])
        #expect(deliveries == [[world.nis: .post]])
    }

    @Test func aRecordThatLosesItsNHSNumberLeavesEveryPersonsView() {
        let world = World(unfiltered: .subscriber)
        let deliveries = world.play([
            .sample(change: 1, .recorded, patient: 1), .sample(change: 2, .corrected, patient: nil),
        ])
        #expect(deliveries[1] == [world.practiceA: .delete, world.everything: .delete, world.nis: .put])
    }

    /// `nems.md` §4.6 rule 2, and `fhir-subscriptions.md` §11: a restriction must not look like a removal.
    @Test func ofARestrictedPatientNobodyHearsButOfARemovalThoseWhoHoldTheRecord() {
        let world = World(unfiltered: .subscriber)
        let events: [VaccinationEvent] = [
            .sample(change: 1, .recorded), .sample(change: 2, .corrected), .sample(change: 3, .removed),
        ]
        let never = world.play(events, restricted: [1])
        #expect(never == [[world.nis: .post], [world.nis: .put], [world.nis: .delete]])

        // Told of the record before the patient was restricted.
        var context = RoutingContext(
            patients: [.sample(1): PatientDetails(practice: "A00001", isRestricted: true)],
            routedThrough: [events[0].recordID: 1],
            recipients: [events[0].recordID: [world.practiceA: .post, world.everything: .post, world.nis: .post]],
            patient: [events[0].recordID: .sample(1)]
        )
        let later = world.shapes(RoutingPlan(Array(events.dropFirst()), context: context, matcher: world.index))
        #expect(later[0] == [world.nis: .put])
        #expect(later[1] == [world.practiceA: .delete, world.everything: .delete, world.nis: .delete])

        // Corrected to a restricted patient: it is no longer the other patient's, and that must be said.
        context.patient = [events[0].recordID: .sample(2)]
        let moved = world.shapes(RoutingPlan([events[1]], context: context, matcher: world.index))
        #expect(moved[0] == [world.practiceA: .delete, world.everything: .delete, world.nis: .put])
    }

    /// A kind that a subscription does not ask for is told only to those who hold the record, as what it is.
    @Test func whoAsksForOneKindOfEventHearsOfTheOthersOnlyForRecordsItHolds() {
        func shapes(_ kinds: Set<EventKind>) -> [EventShape?] {
            let subscription = Subscription.sample(.subscriber, filter: SubscriptionFilter(kinds: kinds))
            let events: [VaccinationEvent] = [
                .sample(change: 1, .recorded), .sample(change: 2, .corrected), .sample(change: 3, .corrected),
                .sample(change: 4, .removed),
            ]
            let plan = RoutingPlan(events, context: RoutingContext(), matcher: SubscriptionIndex([subscription]))
            return plan.routed.map { $0.deliveries.first?.shape }
        }
        #expect(shapes([]) == [.post, .put, .put, .delete])
        #expect(shapes([.recorded]) == [.post, .put, .put, .delete])
        #expect(shapes([.corrected]) == [nil, .post, .put, .delete])
        #expect(shapes([.removed]) == [nil, nil, nil, .delete])
    }

    @Test func repeatedAndOvertakenEventsAreDropped() {
        let world = World()
        let first = VaccinationEvent.sample(change: 1, .recorded)
        let second = VaccinationEvent.sample(change: 2, .corrected)
        let other = VaccinationEvent.sample(7, change: 1, .recorded)
        let plan = RoutingPlan(
            [first, second, first, second, other, first],
            context: RoutingContext(),
            matcher: world.index
        )
        #expect(plan.routed.map(\.event) == [first, second, other])
        #expect(plan.repeated == 3)

        let again = RoutingPlan(
            [first, second],
            context: RoutingContext(routedThrough: [first.recordID: 2]),
            matcher: world.index
        )
        #expect(again.routed.isEmpty)
        #expect(again.repeated == 2)
    }

    @Test func gapsAreWhereAChangeDoesNotFollowTheLast() {
        let events = [2, 3, 6, 5, 7, 9].map { VaccinationEvent.sample(change: $0, .corrected) }
        let record = events[0].recordID
        func gaps(_ through: Int32?) -> [ClosedRange<Int32>] {
            RoutingContext(routedThrough: through.map { [record: $0] } ?? [:]).gaps(in: events).map(\.changes)
        }
        #expect(gaps(nil) == [1...1, 4...5, 8...8])
        #expect(gaps(1) == [4...5, 8...8])
        #expect(gaps(4) == [5...5, 8...8])
        #expect(gaps(9) == [])
        #expect(RoutingContext().gaps(in: [.sample(change: 1), .sample(2, change: 1)]).isEmpty)
    }

    @Test func whatWasOvertakenIsRoutedInItsPlace() {
        let all = (1...6).map { VaccinationEvent.sample(change: Int32($0), $0 == 1 ? .recorded : .corrected) }
        let record = all[0].recordID
        let context = RoutingContext(overtaken: [record: [all[3], all[0], all[1]]])
        let plan = RoutingPlan([all[2], all[4], all[0], all[3], all[5]], context: context, matcher: World().index)
        #expect(plan.routed.map(\.event) == all)
        #expect(plan.repeated == 2)
    }

    @Test func theIDOfAnEventIsTheSameWhoeverComputesIt() throws {
        let event = VaccinationEvent.sample(change: 2, .corrected)
        var later = event
        later.committedAt += 100
        later.kind = .removed
        #expect(event.id == later.id)
        #expect(event.id != VaccinationEvent.sample(change: 3, .corrected).id)
        #expect(event.id != VaccinationEvent.sample(7, change: 2, .corrected).id)
        // UUID version 8, RFC variant.
        #expect(event.id.uuid.6 >> 4 == 8)
        #expect(event.id.uuid.8 >> 6 == 2)
    }
}

/// Matches the same subscriptions always.
private struct Fixed: EventMatcher {
    let subscriptions: [SubscriptionID]

    init(_ subscriptions: [SubscriptionID]) { self.subscriptions = subscriptions }

    func matches(_ event: VaccinationEvent, patient: PatientDetails?) -> [EventMatch] {
        subscriptions.map { EventMatch($0) }
    }
}

/// Two practices with a patient each, the national feed, and somebody who wants everything.
private struct World {
    let practiceA: SubscriptionID
    let practiceB: SubscriptionID
    let nis: SubscriptionID
    let everything: SubscriptionID
    let index: SubscriptionIndex

    init(unfiltered audience: Subscription.Audience? = nil) {
        let gpA = Subscription.sample(.gp, filter: SubscriptionFilter(registeredPractices: ["A00001"]))
        let gpB = Subscription.sample(.gp, filter: SubscriptionFilter(registeredPractices: ["B00002"]))
        let nis = Subscription.sample(.nis, channel: .feed)
        let everything = Subscription.sample(audience ?? .subscriber)
        practiceA = gpA.id
        practiceB = gpB.id
        self.nis = nis.id
        self.everything = everything.id
        index = SubscriptionIndex([gpA, gpB, nis] + (audience == nil ? [] : [everything]))
    }

    /// What each subscription hears of each event, all in one slice.
    func play(_ events: [VaccinationEvent], restricted: Set<Int> = []) -> [[SubscriptionID: EventShape]] {
        let patients: [NHSNumber: PatientDetails] = [
            .sample(1): PatientDetails(practice: "A00001", isRestricted: restricted.contains(1)),
            .sample(2): PatientDetails(practice: "B00002", isRestricted: restricted.contains(2)),
        ]
        let context = RoutingContext(patients: patients)
        return shapes(RoutingPlan(events, context: context, matcher: index))
    }

    func shapes(_ plan: RoutingPlan) -> [[SubscriptionID: EventShape]] {
        plan.routed.map { Dictionary(uniqueKeysWithValues: $0.deliveries.map { ($0.subscription, $0.shape) }) }
    }
}
