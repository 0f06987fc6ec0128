import Events
import Foundation
import Subscriptions
import Testing
import Vaccination

@Suite struct SubscriptionIndexTests {
    /// What looking at each subscription finds, by the rules alone.
    private func scan(
        _ subscriptions: some Sequence<Subscription>,
        _ event: VaccinationEvent,
        _ patient: PatientDetails?
    ) -> [EventMatch] {
        subscriptions.filter { subscription in
            // `fhir-subscriptions.md` §5, third column of the table.
            let isOn =
                switch (subscription.status, subscription.activatedAt, subscription.offBy) {
                case (.active, _, _), (.error, .some, _), (.requested, .some, _), (.off, _, .server): true
                default: false
                }
            let mayHear = event.attributes.nhsNumber != nil && patient?.isRestricted != true
            return isOn && (mayHear || subscription.audience == .nis)
                && subscription.filter.accepts(event, patient: patient)
        }.map { EventMatch($0.id, wantsKind: $0.filter.accepts(event.kind)) }
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func theIndexFindsWhatLookingAtEachSubscriptionFinds(_ seed: UInt64) {
        var random = Seeded(state: seed)
        let subscriptions = (0..<random.number(0...300)).map { _ in random.subscription() }
        let index = SubscriptionIndex(subscriptions)
        let pair = SliceMatcher(
            rules: SubscriptionIndex(subscriptions.filter(\.filter.patients.isEmpty)),
            named: NamedSubscriptions(subscriptions)
        )
        var matched = 0
        for _ in 0..<300 {
            let (event, patient) = (random.event(), random.patient())
            let expected = scan(subscriptions, event, patient)
            for found in [index.matches(event, patient: patient), pair.matches(event, patient: patient)] {
                #expect(found.count == expected.count)
                #expect(Set(found) == Set(expected))
            }
            matched += expected.count
        }
        #expect(subscriptions.count < 20 || matched > 0)
    }

    /// D-93: routers take over what changed, so an index that was updated must be as good as one that was made anew.
    @Test(arguments: 21...28 as ClosedRange<UInt64>)
    func anIndexThatFollowedEveryChangeFindsWhatANewOneFinds(_ seed: UInt64) {
        var random = Seeded(state: seed)
        var subscriptions: [SubscriptionID: Subscription] = [:]
        var index = SubscriptionIndex()
        for _ in 0..<400 {
            var changed = random.subscription()
            if random.chance(2), let known = subscriptions.keys.randomElement(using: &random) { changed.id = known }
            subscriptions[changed.id] = changed
            index.update(changed)
            let (event, patient) = (random.event(), random.patient())
            #expect(Set(index.matches(event, patient: patient)) == Set(scan(subscriptions.values, event, patient)))
        }
        let on = subscriptions.values.filter(\.isRecording)
        #expect(index.count == on.count)
        #expect(index.asksForFacts == on.contains { $0.filter.asksForFacts })
        #expect(index.asksForGeography == on.contains { $0.filter.asksForGeography })
        for id in subscriptions.keys { index.remove(id) }
        #expect(index.count == 0)
        #expect(!index.asksForFacts && !index.asksForGeography)
        #expect(index.matches(random.event(), patient: nil).isEmpty)
    }

    /// `fhir-subscriptions.md` §5: nothing before the first activation, nothing while its owner or its end has it off.
    @Test func onlySubscriptionsWhoseEventsAreRecordedTakePart() {
        func takesPart(_ status: Subscription.Status, activated: Bool, offBy: Subscription.Switcher? = nil) -> Bool {
            var subscription = Seeded.blank
            subscription.status = status
            subscription.activatedAt = activated ? subscription.createdAt : nil
            subscription.offBy = offBy
            return SubscriptionIndex([subscription]).count == 1
        }
        #expect(!takesPart(.requested, activated: false))
        #expect(takesPart(.requested, activated: true))
        #expect(takesPart(.active, activated: true))
        #expect(!takesPart(.error, activated: false))
        #expect(takesPart(.error, activated: true))
        #expect(!takesPart(.off, activated: true))
        #expect(!takesPart(.off, activated: true, offBy: .client))
        #expect(!takesPart(.off, activated: true, offBy: .end))
        #expect(takesPart(.off, activated: true, offBy: .server))
    }

    /// T-18: what one event costs must not grow with the number of subscriptions.
    @Test func aHundredThousandSubscriptionsCostWhatAHundredDo() {
        func index(_ count: Int) -> SubscriptionIndex {
            SubscriptionIndex(
                (0..<count).map { number in
                    var subscription = Seeded.blank
                    subscription.id = SubscriptionID(UUID())
                    subscription.filter[.registeredPractices] = ["P\(number)"]
                    return subscription
                }
            )
        }
        let event = Seeded.event()
        let patient = PatientDetails(practice: "P5")
        func time(_ index: SubscriptionIndex) -> Duration {
            ContinuousClock().measure {
                for _ in 0..<2000 where index.matches(event, patient: patient).count != 1 { Issue.record("no match") }
            }
        }
        let small = index(100)
        let large = index(100_000)
        _ = time(small)
        // Generous, because a shared machine runs it: looking at each would be a thousand times as much.
        #expect(time(large) < time(small) * 20)
    }
}

extension NamedSubscriptions {
    /// What a look-up of all patients finds.
    fileprivate init(_ subscriptions: [Subscription]) {
        self.init()
        for subscription in subscriptions where subscription.isRecording {
            var rest = subscription.filter
            rest.patients = []
            let filter = rest == SubscriptionFilter() ? nil : add(rest)
            for patient in subscription.filter.patients {
                insert(subscription.id, subscription.audience, naming: patient, filter)
            }
        }
    }
}
