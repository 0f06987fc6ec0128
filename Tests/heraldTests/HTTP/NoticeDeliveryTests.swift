import Deliveries
import Events
import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import Logging
import Messages
import Outbound
import Postgres
import Store
import Subscriptions
import Synchronization
import Testing

@testable import herald

/// What a lane says besides its events, over real sockets.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(3)))
struct NoticeDeliveryTests {
    /// T-20: heartbeats idle and under failure, never a longer silence, counter unchanged.
    @Test func heartbeatsKeepTheSilenceShortIdleAndUnderFailure() async throws {
        try await withEndpoint { endpoint, store, pool in
            let period: TimeInterval = 3
            var subscription = Subscription.sample(endpoint: endpoint.url)
            subscription.heartbeat = .seconds(3)
            try await store.create(subscription)
            // Idle.
            try await eventually(within: .seconds(60)) { endpoint.received(.heartbeat).count >= 3 }
            // Under failure: the head waits for 5 seconds and more, and the heartbeats do not come through either.
            endpoint.status.withLock { $0 = .serviceUnavailable }
            try await ChangeWriter(pool).write([SampleChange(0)])
            try await routeAll(store)
            try await eventually(within: .seconds(60)) { endpoint.received(.eventNotification).count >= 2 }
            let failing = endpoint.received(.heartbeat).count
            try await eventually(within: .seconds(60)) { endpoint.received(.heartbeat).count >= failing + 2 }
            endpoint.status.withLock { $0 = .accepted }
            // The next heartbeat is the probe.
            try await eventually(within: .seconds(60)) {
                try await store.progress(of: subscription.id)?.deliveredThrough == 1
            }

            let times = endpoint.posts.map(\.time)
            let silences = zip(times, times.dropFirst()).map { $1.timeIntervalSince($0) }
            // The slack is for a machine that has other things to do.
            #expect(silences.allSatisfy { $0 < period + 2 }, "\(silences)")
            let totals = endpoint.received(.heartbeat).map(\.total)
            #expect(totals.prefix(3) == [0, 0, 0] && totals.last == 1)
            #expect(Set(endpoint.received(.eventNotification).flatMap(\.events).map(\.number)) == [1])
            #expect(try await store.progress(of: subscription.id)?.lastNumber == 1)
        }
    }

    /// T-21: resends while live traffic flows; live order untouched, resends marked.
    @Test func resendsLeaveTheLiveOrderUntouched() async throws {
        try await withEndpoint { endpoint, store, pool in
            let subscription = Subscription.sample(endpoint: endpoint.url, maxCount: 5)
            try await store.create(subscription)
            try await ChangeWriter(pool).write((0..<20).map { SampleChange($0) })
            try await routeAll(store)
            try await eventually(within: .seconds(60)) {
                try await store.progress(of: subscription.id)?.deliveredThrough == 20
            }
            let request = ResendRequest(DeliverySelection(subscription: subscription.id), from: 3, through: 17)
            _ = try await store.startResends(request, JobOrder(actor: "test", isProduction: true))
            for round in 0..<10 {
                try await ChangeWriter(pool).write((0..<3).map { SampleChange(round * 3 + $0) })
                try await routeAll(store)
            }
            try await eventually(within: .seconds(60)) {
                let isDelivered = try await store.progress(of: subscription.id)?.deliveredThrough == 50
                let open = try await store.deliveryJobs(of: nil, onlyOpen: true, limit: 1)
                return isDelivered && open.isEmpty
            }
            let live = try endpoint.posts.filter { !$0.isResend }
                .flatMap { try ReceivedNotification(parsing: $0.body).events }.map(\.number)
            #expect(live == Array(1...50))
            let resent = try endpoint.posts.filter(\.isResend)
                .flatMap { try ReceivedNotification(parsing: $0.body).events }.map(\.number)
            #expect(resent == Array(3...17))
            let ids = endpoint.posts.map(\.id)
            #expect(Set(ids).count == ids.count)
        }
    }

    /// C-16, C-17, C-20: over a socket, with the subscriber's own header.
    @Test func theHandshakeReachesTheEndpointWithItsHeaders() async throws {
        try await withEndpoint { endpoint, store, _ in
            var subscription = Subscription.sample(endpoint: endpoint.url)
            subscription.status = .requested
            subscription.activatedAt = nil
            subscription.headers = ["X-Receiver: token-1"]
            subscription.payload = "application/fhir+json; fhirVersion=4.0"
            try await store.create(subscription)
            try await eventually(within: .seconds(60)) {
                try await store.progress(of: subscription.id)?.subscription.status == .active
            }
            let post = try #require(endpoint.posts.first)
            #expect(post.headers[HTTPField.Name("X-Receiver")!] == "token-1")
            #expect(post.headers[.contentType] == "application/fhir+json; fhirVersion=4.0")
            #expect(try ReceivedNotification(parsing: post.body).type == .handshake)
        }
    }

    /// T-12 for what tells of no event: 410 to a handshake or a heartbeat is as final as to events.
    @Test(arguments: [Subscription.Status.requested, .active])
    func goneEndsWhatAHandshakeOrAHeartbeatAsked(status: Subscription.Status) async throws {
        try await withEndpoint { endpoint, store, pool in
            endpoint.status.withLock { $0 = .gone }
            var subscription = Subscription.sample(endpoint: endpoint.url)
            subscription.status = status
            if status == .requested { subscription.activatedAt = nil }
            subscription.heartbeat = .seconds(1)
            try await store.create(subscription)
            try await eventually(within: .seconds(60)) {
                try await store.progress(of: subscription.id)?.subscription.status == .off
            }
            #expect(endpoint.posts.count == 1)
            #expect(endpoint.received(status == .requested ? .handshake : .heartbeat).count == 1)
            // Nothing wakes the lane again.
            try await eventually { try await pool.count("SELECT count(*) FROM lane_timer") == 0 }
            #expect(try await pool.count("SELECT count(*) FROM delivery_attempt WHERE outcome = 'gone'") == 1)
        }
    }

    /// D-32 for resends: the job fails when its time is over; the live lane does not hear of it.
    @Test func aResendOutOfItsBudgetFailsAlone() async throws {
        try await withEndpoint { endpoint, store, pool in
            let subscription = Subscription.sample(endpoint: endpoint.url, maxCount: 5)
            try await store.create(subscription)
            try await ChangeWriter(pool).write((0..<3).map { SampleChange($0) })
            try await routeAll(store)
            try await eventually(within: .seconds(60)) {
                try await store.progress(of: subscription.id)?.deliveredThrough == 3
            }
            endpoint.status.withLock { $0 = .serviceUnavailable }
            let request = ResendRequest(DeliverySelection(subscription: subscription.id), from: 1, through: 3)
            _ = try await store.startResends(request, JobOrder(actor: "test", isProduction: true))
            try await eventually("the first attempt fails") {
                try await store.deliveryJobs(of: nil, onlyOpen: true, limit: 1).first?.attempts == 1
            }
            // Three days later.
            try await pool.query(
                "UPDATE delivery_job SET first_failure_at = now() - interval '73 hours', next_attempt_at = now()"
            )
            try await pool.query("UPDATE lane_timer SET due_at = now()")
            try await eventually("the job ends") {
                try await store.deliveryJobs(of: nil, onlyOpen: false, limit: 1).first?.outcome == "failed"
            }
            let progress = try #require(try await store.progress(of: subscription.id))
            #expect(progress.subscription.status == .active && progress.hold == nil && progress.attempt == 0)
            // What is live goes on.
            endpoint.status.withLock { $0 = .accepted }
            try await ChangeWriter(pool).write([SampleChange(9)])
            try await routeAll(store)
            try await eventually(within: .seconds(60)) {
                try await store.progress(of: subscription.id)?.deliveredThrough == 4
            }
        }
    }

    private func routeAll(_ store: PostgresStore) async throws {
        let shards = (0..<Shard.count).map { Shard(number: $0) }
        while true {
            let waiting = try await store.waitingEvents(in: shards, limit: 500)
            if waiting.isEmpty { return }
            let position = LogPosition.outbox(ids: waiting.map(\.outboxID))
            _ = try await store.route(EventSlice(events: waiting.map(\.event), position: position))
        }
    }

    /// Lends an endpoint and a store whose lanes a courier serves.
    private func withEndpoint(
        _ body: (RecordingEndpoint, PostgresStore, PostgresPool) async throws -> Void
    ) async throws {
        try await ScratchDatabase.withStore(connections: 8) { store, pool in
            let endpoint = RecordingEndpoint()
            let started = AsyncStream<Int>.makeStream()
            var policy = AddressPolicy()
            policy.isDevelopment = true
            var configuration = CourierConfiguration(publicURL: "https://herald.example.nhs.uk", version: "1.0")
            configuration.idlePause = .milliseconds(50)
            let courier = RestHookCourier(
                store: store,
                poster: RestHookClient(client: try OutboundClient(), policy: policy),
                configuration: configuration,
                owner: UUID(),
                logger: .silent
            )
            try await running([endpoint.service { started.continuation.yield($0) }, courier]) {
                let port = try #require(await started.stream.first { _ in true })
                endpoint.port.withLock { $0 = port }
                try await body(endpoint, store, pool)
            }
        }
    }
}

/// An endpoint that answers as a test says, and remembers everything it got and when.
private final class RecordingEndpoint: Sendable {
    struct Post: Sendable {
        let time: Date
        let headers: HTTPFields
        let body: [UInt8]

        var isResend: Bool { HTTPField.Name("Herald-Resend").flatMap { headers[$0] } == "true" }
        var id: String { HTTPField.Name("webhook-id").flatMap { headers[$0] } ?? "" }
    }

    let status = Mutex(HTTPResponse.Status.accepted)
    let port = Mutex(0)
    private let taken = Mutex<[Post]>([])

    var posts: [Post] { taken.withLock(\.self) }
    var url: String { "http://127.0.0.1:\(port.withLock(\.self))/hook" }

    func received(_ type: NotificationType) -> [ReceivedNotification] {
        posts.compactMap { try? ReceivedNotification(parsing: $0.body) }.filter { $0.type == type }
    }

    func service(onListening: @escaping @Sendable (Int) async -> Void) -> some ApplicationProtocol {
        let router = Router()
        router.post("/hook") { request, _ in
            let body = try await request.body.collect(upTo: 1 << 20)
            let post = Post(time: Date(), headers: request.headers, body: Array(body.readableBytesView))
            self.taken.withLock { $0.append(post) }
            return Response(status: self.status.withLock(\.self))
        }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger
        )
    }
}
