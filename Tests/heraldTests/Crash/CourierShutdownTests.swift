import Events
import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import Postgres
import Store
import Subscriptions
import Testing

@testable import herald

/// A hub that is asked to stop while it delivers, over real sockets.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .serialized, .timeLimit(.minutes(3)))
struct CourierShutdownTests {
    private static let lanes = 20
    private static let events: Int64 = 25

    private func serve(_ fixture: HubFixture, _ number: Int) throws -> HeraldProcess {
        try HeraldProcess(
            ["serve", "--roles", "router,delivery"],
            environment: [
                "HERALD_DATABASE_URL": ScratchDatabase.url, "HERALD_DATA_DIR": fixture.directory,
                "HERALD_HTTP_ADDRESS": "127.0.0.1:0", "HERALD_DEVELOPMENT": "true",
            ],
            log: fixture.directory + "/hub-\(number)"
        )
    }

    /// Issue of delivery: shutdown under load loses nothing, and doubles at most one notification a lane.
    @Test func shutdownUnderLoadLosesNothingAndDoublesAtMostOneALane() async throws {
        try await HubFixture.with { fixture in
            let (store, pool) = (fixture.hub.store, fixture.hub.pool)
            try await ScriptedEndpoint.with { _, _ in
                try await Task.sleep(for: .milliseconds(20))
                return Response(status: .accepted)
            } _: { endpoint, address in
                for number in 0..<Self.lanes { try await store.create(.sample(endpoint: "\(address)/\(number)")) }
                try await ChangeWriter(pool).write((0..<Int(Self.events)).map { SampleChange($0) })
                let first = try serve(fixture, 1)
                try await eventually(within: .seconds(60), "deliveries are under way") {
                    endpoint.posts.count > Self.lanes * 2
                }
                #expect(first.stop() == 0)
                // Everything that was under way is finished, and nothing is held any more.
                #expect(try await pool.count("SELECT count(*) FROM lane WHERE lease_until IS NOT NULL") == 0)
                let before = endpoint.posts.count
                #expect(before < Self.lanes * Int(Self.events), "it was stopped in the middle")
                let second = try serve(fixture, 2)
                try await eventually(within: .seconds(90), "delivery of everything") {
                    try await store.allProgress().allSatisfy { $0.deliveredThrough == Self.events }
                }
                #expect(second.stop() == 0)
                for number in 0..<Self.lanes {
                    let numbers = endpoint.posts(to: "/\(number)").compactMap(\.numbers?.lowerBound)
                    #expect(Array(Set(numbers)).sorted() == Array(1...Self.events), "lane \(number) lost something")
                    #expect(numbers.count <= Int(Self.events) + 1, "lane \(number) doubled more than one")
                    #expect(numbers == numbers.sorted(), "lane \(number) is out of order")
                }
            }
        }
    }

    /// D-33: a restart is no reason to try everything now.
    @Test func aRestartDoesNotStormEndpointsThatAreAway() async throws {
        try await HubFixture.with { fixture in
            let (store, pool) = (fixture.hub.store, fixture.hub.pool)
            try await ScriptedEndpoint.with { _, _ in
                Response(status: .serviceUnavailable)
            } _: { endpoint, address in
                for number in 0..<Self.lanes { try await store.create(.sample(endpoint: "\(address)/\(number)")) }
                try await ChangeWriter(pool).write([SampleChange(0)])
                let first = try serve(fixture, 1)
                try await eventually(within: .seconds(60), "the endpoint is known to be away") {
                    try await pool.count("SELECT count(*) FROM origin_breaker WHERE state = 'open'") == 1
                }
                #expect(first.stop() == 0)
                // Nobody's next attempt is due for a while.
                try await pool.query(
                    "UPDATE lane SET next_attempt_at = now() + interval '10 minutes' WHERE attempt > 0"
                )
                try await pool.query("UPDATE origin_breaker SET probe_at = now() + interval '10 minutes'")
                let before = endpoint.posts.count
                let second = try serve(fixture, 2)
                try await second.waitFor("herald is ready")
                try await Task.sleep(for: .seconds(1))
                #expect(second.stop() == 0)
                #expect(endpoint.posts.count <= before + 1, "only a probe may go out")
            }
        }
    }
}
