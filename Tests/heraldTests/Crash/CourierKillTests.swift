import Events
import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import Postgres
import Store
import Subscriptions
import Synchronization
import Testing

@testable import herald

/// `kill -9` of a hub that has many requests in flight.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .serialized, .timeLimit(.minutes(3)))
struct CourierKillTests {
    private static let lanes = 100

    /// T-24: leases expire, each lane continues, and no lane has more than its one message twice.
    @Test func everyLaneGoesOnAndHasAtMostOneMessageTwice() async throws {
        try await HubFixture.with { fixture in
            let (store, pool) = (fixture.hub.store, fixture.hub.pool)
            let killed = Signal()
            try await ScriptedEndpoint.with { _, _ in
                // Those in flight when the hub dies have been received; nobody will see the answer.
                while !killed.isRaised { try await Task.sleep(for: .milliseconds(20)) }
                return Response(status: .accepted)
            } _: { endpoint, address in
                for number in 0..<Self.lanes {
                    var subscription = Subscription.sample(endpoint: "\(address)/\(number)")
                    subscription.timeout = .seconds(10)
                    try await store.create(subscription)
                }
                try await ChangeWriter(pool).write((0..<3).map { SampleChange($0) })
                let environment = [
                    "HERALD_DATABASE_URL": ScratchDatabase.url, "HERALD_DATA_DIR": fixture.directory,
                    "HERALD_HTTP_ADDRESS": "127.0.0.1:0", "HERALD_LEASE": "1", "HERALD_DEVELOPMENT": "true",
                    "HERALD_DELIVERY_IN_FLIGHT_PER_CLIENT": "1000", "HERALD_DELIVERY_IN_FLIGHT_PER_ORIGIN": "1000",
                    "HERALD_DELIVERY_RATE_PER_ORIGIN": "10000", "HERALD_DELIVERY_BURST_PER_ORIGIN": "10000",
                ]
                func serve(_ number: Int) throws -> HeraldProcess {
                    try HeraldProcess(
                        ["serve", "--roles", "router,delivery"],
                        environment: environment,
                        log: fixture.directory + "/courier-\(number)"
                    )
                }
                let first = try serve(1)
                try await eventually(within: .seconds(60), "requests in flight on every lane") {
                    endpoint.posts.count == Self.lanes
                }
                first.killAtOnce()
                killed.raise()
                let second = try serve(2)
                try await eventually(within: .seconds(90), "delivery of everything") {
                    try await store.allProgress().allSatisfy { $0.deliveredThrough == 3 }
                }
                #expect(second.stop() == 0)
                #expect(try await pool.count("SELECT count(*) FROM lane WHERE lease_until IS NOT NULL") == 0)

                for number in 0..<Self.lanes {
                    let posts = endpoint.posts(to: "/\(number)")
                    let numbers = posts.compactMap(\.numbers?.lowerBound)
                    #expect(numbers == [1, 1, 2, 3], "lane \(number)")
                    #expect(Set(posts.map(\.messageID)).count == 3)
                    #expect(Set(posts.prefix(2).map(\.body)).count == 1)
                }
            }
        }
    }
}

/// Raised once, for good.
private final class Signal: Sendable {
    private let raised = Mutex(false)

    var isRaised: Bool { raised.withLock(\.self) }

    func raise() { raised.withLock { $0 = true } }
}
