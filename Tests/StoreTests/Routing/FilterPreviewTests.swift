import Deliveries
import Events
import Foundation
import HeraldTestKit
import Postgres
import Store
import Subscriptions
import Testing

/// The dry run of a filter has a time limit, and says where it ended.
@Suite(.herald, .timeLimit(.minutes(1))) struct FilterPreviewTests {
    @Test func whatDoesNotFitIntoTheTimeIsSaidToBeIncomplete() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await ChangeWriter(pool).write((0..<3).map { SampleChange($0) })
            try await store.routeAll()
            let whole = try await store.preview(SubscriptionFilter(), days: 2, samples: 2, patience: .seconds(30))
            #expect(whole.isComplete && whole.matched == 3 && whole.samples.count == 2)
            let cut = try await store.preview(SubscriptionFilter(), days: 2, samples: 2, patience: .zero)
            #expect(!cut.isComplete && cut.matched == 0)
            // A statement that takes too long ends it, too.
            try await pool.withTransaction { connection in
                try await connection.query("LOCK TABLE event IN ACCESS EXCLUSIVE MODE")
                let held = try await store.preview(
                    SubscriptionFilter(),
                    days: 2,
                    samples: 2,
                    patience: .milliseconds(200)
                )
                #expect(!held.isComplete)
            }
        }
    }
}
