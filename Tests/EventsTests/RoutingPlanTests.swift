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
        var context = RoutingContext(practices: [.sample(1): "A00001"])
        let before = RoutingPlan([first], context: context, matcher: world.index)
        #expect(world.shapes(before)[0] == [world.practiceA: .post, world.nis: .post])

        context.practices = [.sample(1): "B00002"]
        context.routedThrough = [first.recordID: 1]
        context.recipients = [first.recordID: [world.practiceA: .post, world.nis: .post]]
        let after = RoutingPlan([second], context: context, matcher: world.index)
        #expect(world.shapes(after)[0] == [world.practiceA: .delete, world.practiceB: .post, world.nis: .put])
    }

    @Test func aRemovalReachesWhoeverHoldsTheRecordAndThePracticeThePatientMovedTo() {
        let world = World()
        let removal = VaccinationEvent.sample(change: 2, .removed, patient: 1)
        let context = RoutingContext(
            practices: [.sample(1): "B00002"],
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

    func matches(_ event: VaccinationEvent, practice: String?) -> [SubscriptionID] { subscriptions }
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
    func play(_ events: [VaccinationEvent]) -> [[SubscriptionID: EventShape]] {
        let context = RoutingContext(practices: [.sample(1): "A00001", .sample(2): "B00002"])
        return shapes(RoutingPlan(events, context: context, matcher: index))
    }

    func shapes(_ plan: RoutingPlan) -> [[SubscriptionID: EventShape]] {
        plan.routed.map { Dictionary(uniqueKeysWithValues: $0.deliveries.map { ($0.subscription, $0.shape) }) }
    }
}
