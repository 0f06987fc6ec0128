import Deliveries
import Events
import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import NIOCore
import Outbound
import Postgres
import ServiceLifecycle
import Store
import Subscriptions
import Testing

@testable import herald

/// The courier against real sockets: what each answer leads to (`delivery.md` §5).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct CourierSocketTests {
    /// Runs a courier whose schedules are that much shorter, over subscriptions at these paths with so many events each.
    private func deliver(
        to paths: [String] = ["/"],
        events: Int,
        timeout: Duration = .seconds(15),
        shortened jitter: Double = 0.0005,
        answer: @escaping @Sendable (ScriptedEndpoint.Post, Int) async throws -> Response,
        _ body: @escaping @Sendable (ScriptedEndpoint, PostgresStore, PostgresPool, [Subscription]) async throws -> Void
    ) async throws {
        try await HubFixture.with { fixture in
            let (store, pool) = (fixture.hub.store, fixture.hub.pool)
            try await ScriptedEndpoint.with(answer) { endpoint, address in
                var subscriptions = paths.map { Subscription.sample(endpoint: address + $0) }
                for index in subscriptions.indices {
                    subscriptions[index].timeout = timeout
                    try await store.create(subscriptions[index])
                }
                try await ChangeWriter(pool).write((0..<events).map { SampleChange($0) })
                let all = (0..<Shard.count).map { Shard(number: $0) }
                let waiting = try await store.waitingEvents(in: all, limit: 500)
                _ = try await store.route(
                    EventSlice(
                        events: waiting.map(\.event),
                        position: .outbox(ids: waiting.map(\.outboxID))
                    )
                )
                var policy = AddressPolicy()
                policy.isDevelopment = true
                let courier = RestHookCourier(
                    store: store,
                    poster: RestHookClient(client: try OutboundClient(), policy: policy),
                    configuration: CourierConfiguration(publicURL: "https://herald.example.nhs.uk", version: "1.0"),
                    environment: CourierEnvironment(jitter: { jitter }),
                    owner: UUID(),
                    logger: fixture.hub.logger
                )
                let created = subscriptions
                try await running([courier]) { try await body(endpoint, store, pool, created) }
            }
        }
    }

    private func delivered(_ store: PostgresStore) async throws -> Bool {
        try await store.allProgress().allSatisfy { $0.deliveredThrough == $0.lastNumber }
    }

    /// T-08: an hour is nine attempts of schedule A: 5 s to 30 min, 4,100 s together.
    @Test func afterAnHourOfErrorsEverythingComesInOrderWithTheSameIDsAndSlowly() async throws {
        try await deliver(events: 4) { _, before in
            Response(status: before < 9 ? .internalServerError : .ok)
        } _: { endpoint, store, pool, _ in
            try await eventually(within: .seconds(60)) { try await delivered(store) }
            let posts = endpoint.posts
            #expect(posts.map(\.numbers) == Array(repeating: 1...1, count: 10) + [2...2, 3...3, 4...4])
            #expect(posts.map(\.attempt) == (1...10).map { "\($0)" } + ["1", "1", "1"])
            #expect(Set(posts.prefix(10).map(\.messageID)).count == 1)
            #expect(Set(posts.prefix(10).map(\.body)).count == 1)
            #expect(Set(posts.dropFirst(9).map(\.messageID)).count == 4)
            // D-34: one a second at first.
            let gaps = zip(posts.dropFirst(9), posts.dropFirst(10)).map { $1.at - $0.at }
            #expect(gaps.count == 3)
            // Together, for each alone is as long as the machine lets it be.
            #expect(gaps.reduce(.zero, +) > .seconds(2))
            #expect(try await pool.count("SELECT count(*) FROM origin_breaker WHERE state = 'closed'") == 1)
            #expect(try await store.allProgress().first?.subscription.status == .active)
        }
    }

    /// T-09: what was accepted while the answer was lost comes again with the same id and bytes (D-35).
    @Test func aLostAnswerLeadsToTheSameMessageAgain() async throws {
        try await deliver(events: 2, timeout: .milliseconds(500)) { _, before in
            if before == 0 { try await Task.sleep(for: .seconds(3)) }
            return Response(status: .ok)
        } _: { endpoint, store, pool, _ in
            try await eventually(within: .seconds(60)) { try await delivered(store) }
            let first = endpoint.posts.filter { $0.numbers == 1...1 }
            #expect(first.count >= 2)
            #expect(Set(first.map(\.messageID)).count == 1)
            #expect(Set(first.map(\.body)).count == 1)
            #expect(
                try await pool.count("SELECT count(*) FROM delivery_attempt WHERE outcome = 'no-response'") >= 1
            )
        }
    }

    /// T-11.
    @Test func aPauseThatTheEndpointAsksForIsKeptWithinAnHour() async throws {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = .gmt
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        let answers = [
            "/seconds": "120", "/date": formatter.string(from: Date().addingTimeInterval(1200)),
            "/garbage": "in a while",
            "/week": "604800",
        ]
        try await deliver(to: answers.keys.sorted(), events: 1, shortened: 1) { post, _ in
            var response = Response(status: .serviceUnavailable)
            response.headers[.retryAfter] = answers[post.path]
            return response
        } _: { endpoint, store, _, _ in
            try await eventually { try await store.allProgress().allSatisfy { $0.attempt == 1 } }
            for progress in try await store.allProgress() {
                let path = String(
                    progress.subscription.endpoint.suffix(
                        from: try #require(
                            progress.subscription.endpoint.lastIndex(of: "/")
                        )
                    )
                )
                let wait = try #require(progress.nextAttemptAt).timeIntervalSinceNow
                switch path {
                case "/seconds": #expect((90...120).contains(wait))
                case "/date": #expect((1150...1200).contains(wait))
                case "/garbage": #expect(wait <= 5)
                default: #expect((3560...3600).contains(wait))
                }
            }
            #expect(endpoint.posts.count == 4)
        }
    }

    /// D-75: of an endpoint that fails the hub keeps a class and a status, which is all that can be shown of it.
    @Test func whatAnEndpointSaysIsKeptNowhere() async throws {
        try await deliver(to: ["/broken", "/refusing"], events: 1) { post, _ in
            var response = Response(
                status: post.path == "/broken" ? .internalServerError : .unprocessableContent,
                body: ResponseBody(byteBuffer: ByteBuffer(string: "connect to intranet-7.internal failed"))
            )
            response.headers[.retryAfter] = "intranet-7"
            response.headers[.server] = "intranet-7"
            return response
        } _: { _, store, pool, _ in
            try await eventually { try await store.allProgress().allSatisfy { $0.attempt > 0 } }
            for table in ["delivery_attempt", "lane", "subscription", "origin_breaker", "audit_record"] {
                let rows = try await pool.query("SELECT t::text AS row FROM \(table) t")
                #expect(
                    try rows.allSatisfy { try !$0.decode("row", as: String.self).contains("intranet-7") },
                    "\(table)"
                )
            }
            let outcomes = try await pool.query(
                "SELECT DISTINCT outcome || ' ' || http_status AS it FROM delivery_attempt"
            )
            #expect(
                try Set(outcomes.map { try $0.decode("it", as: String.self) }) == [
                    "error-response 500", "rejected 422",
                ]
            )
        }
    }

    /// T-12.
    @Test func afterGoneThereIsNoFurtherRequestAndTheEventsAreKept() async throws {
        try await deliver(to: ["/gone", "/there"], events: 3) { post, _ in
            Response(status: post.path == "/gone" ? .gone : .ok)
        } _: { endpoint, store, pool, subscriptions in
            try await eventually {
                let there = try await store.progress(of: subscriptions[1].id)
                let gone = try await store.progress(of: subscriptions[0].id)
                return there?.deliveredThrough == 3 && gone?.subscription.status == .off
            }
            #expect(endpoint.posts(to: "/gone").count == 1)
            let kept = "SELECT count(*) FROM subscription_event WHERE subscription_id = $1"
            let rows = try await pool.query(kept, [.uuid(subscriptions[0].id.uuid)])
            #expect(try rows[0].decode("count", as: Int.self) == 3)
        }
    }
}
