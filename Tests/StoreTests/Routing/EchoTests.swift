import Events
import Feeds
import Foundation
import HeraldTestKit
import Postgres
import Store
import Subscriptions
import Testing
import Vaccination

/// The "do not echo to" list: what came from a feed's consumer does not go back to it (`csv-feed.md` §6).
@Suite(.herald, .timeLimit(.minutes(1))) struct EchoTests {
    @Test func rowsOfTheNationalFeedsConsumerGoToEveryoneButThatFeed() async throws {
        try await withIntake { intake in
            try await intake.store.seed(.builtIn)
            let nis = Subscription.sample(.nis)
            let subscriber = Subscription.sample(.subscriber)
            for subscription in [nis, subscriber] { try await intake.store.create(subscription) }
            _ = try await intake.apply(SampleFeed([SampleFeed.Row("ours")], number: 1))
            _ = try await intake.apply(
                SampleFeed([SampleFeed.Row("theirs"), SampleFeed.Row("ours", "update")], from: "DPSFULL", number: 2)
            )
            try await intake.store.routeAll()
            #expect(try await intake.store.progress(of: nis.id)?.lastNumber == 1)
            #expect(try await intake.store.progress(of: subscriber.id)?.lastNumber == 3)
        }
    }

    @Test func aListThatIsChangedHoldsForTheNextEventARunningRouterTakes() async throws {
        try await withIntake { intake in
            try await intake.store.seed(.builtIn)
            let subscriber = Subscription.sample(.subscriber)
            try await intake.store.create(subscriber)
            _ = try await intake.apply(SampleFeed([SampleFeed.Row("1")], number: 1))
            try await intake.store.routeAll()
            try await intake.change { data in
                var data = data
                data.suppliers = try Suppliers(
                    data.suppliers.all.map {
                        Supplier(
                            name: $0.name,
                            permissions: $0.permissions,
                            odsCodes: $0.odsCodes,
                            doNotEchoTo: $0.name == "EMIS" ? ["operator"] : []
                        )
                    }
                )
                return data
            }
            _ = try await intake.apply(SampleFeed([SampleFeed.Row("2"), SampleFeed.Row("1", "delete")], number: 2))
            try await intake.store.routeAll()
            #expect(try await intake.store.progress(of: subscriber.id)?.lastNumber == 1)
        }
    }
}
