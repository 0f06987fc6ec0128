import Events
import Foundation
import Subscriptions
import Testing
import Vaccination

@Suite struct SubscriptionIndexTests {
    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6, 7, 8])
    func theIndexFindsWhatLookingAtEachSubscriptionFinds(_ seed: UInt64) {
        var random = Seeded(state: seed)
        let subscriptions = (0..<random.number(0...120)).map { _ in random.subscription() }
        let index = SubscriptionIndex(subscriptions)
        var matched = 0
        for _ in 0..<400 {
            let (event, practice) = random.event()
            let expected = subscriptions.filter { subscription in
                let isOn = subscription.status == .active || subscription.status == .error
                let mayHear = event.attributes.nhsNumber != nil || subscription.audience == .nis
                return isOn && mayHear && subscription.filter.accepts(event, practice: practice)
            }.map(\.id)
            let found = index.matches(event, practice: practice)
            #expect(found.count == Set(found).count)
            #expect(Set(found) == Set(expected))
            matched += found.count
        }
        #expect(subscriptions.isEmpty || matched > 0)
    }

    @Test func onlySubscriptionsThatAreOnTakePart() {
        let all = [Subscription.Status.requested, .active, .error, .off].map { status in
            var subscription = Seeded.blank
            subscription.status = status
            return subscription
        }
        #expect(SubscriptionIndex(all).count == 2)
    }

    /// T-18: what one event costs must not grow with the number of subscriptions.
    @Test func aHundredThousandSubscriptionsCostWhatAHundredDo() {
        func index(_ count: Int) -> SubscriptionIndex {
            SubscriptionIndex(
                (0..<count).map { number in
                    var subscription = Seeded.blank
                    subscription.id = SubscriptionID(UUID())
                    subscription.filter.registeredPractices = ["P\(number)"]
                    return subscription
                }
            )
        }
        let event = Seeded.event(number: Seeded.patients[0], type: "FLU", performer: "RVVKC")
        func time(_ index: SubscriptionIndex) -> Duration {
            ContinuousClock().measure {
                for _ in 0..<2000 where index.matches(event, practice: "P5").count != 1 { Issue.record("no match") }
            }
        }
        let small = index(100)
        let large = index(100_000)
        _ = time(small)
        // Generous, because a shared machine runs it: looking at each would be a thousand times as much.
        #expect(time(large) < time(small) * 20)
    }
}
