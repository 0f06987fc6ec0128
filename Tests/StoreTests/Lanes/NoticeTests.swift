import Access
import Deliveries
import Events
import Feeds
import Foundation
import HeraldTestKit
import Messages
import Postgres
import Store
import Subscriptions
import Synchronization
import Testing

/// What a lane says besides its events: handshakes, heartbeats, and events that are asked for again.
@Suite(.herald, .timeLimit(.minutes(2))) struct NoticeTests {
    private func courier(
        _ store: PostgresStore,
        _ poster: ScriptedPoster
    ) -> RestHookCourier<PostgresStore, ScriptedPoster> {
        var configuration = CourierConfiguration(publicURL: "https://herald.example.nhs.uk", version: "1.0")
        configuration.idlePause = .milliseconds(20)
        configuration.lease = .seconds(60)
        return RestHookCourier(
            store: store,
            poster: poster,
            recipients: RegisteredRecipients(registrations: ClientRegistry(store: store), isProduction: true),
            configuration: configuration,
            environment: CourierEnvironment(jitter: { 0.002 }),
            owner: UUID(),
            logger: .silent
        )
    }

    private func write(_ count: Int, _ store: PostgresStore, _ pool: PostgresPool, type: String = "FLU") async throws {
        try await ChangeWriter(pool).write((0..<count).map { SampleChange($0, vaccineType: type) })
        try await store.routeAll()
    }

    private func requested(maxCount: Int = 1, client: String? = nil) -> Subscription {
        var subscription = Subscription.sample(.subscriber, maxCount: maxCount)
        subscription.status = .requested
        subscription.activatedAt = nil
        if let client { subscription.client = client }
        return subscription
    }

    private func delivered(_ store: PostgresStore, _ id: SubscriptionID, _ number: Int64) async throws {
        try await eventually("event \(number) of the live lane") {
            try await store.progress(of: id)?.deliveredThrough == number
        }
    }

    private func type(_ post: ScriptedPoster.Post) throws -> NotificationType {
        try ReceivedNotification(parsing: post.body).type
    }

    @Test("C-16, C-17, D-93: the handshake activates, and numbering starts with it")
    func theHandshakeActivates() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let subscription = requested()
            try await store.create(subscription)
            try await write(2, store, pool)
            let poster = ScriptedPoster()
            try await running([courier(store, poster)]) {
                try await eventually { try await store.progress(of: subscription.id)?.subscription.status == .active }
                try await write(3, store, pool)
                try await delivered(store, subscription.id, 3)
            }
            let handshake = try #require(poster.posts.first)
            let notification = try ReceivedNotification(parsing: handshake.body)
            #expect(notification.type == .handshake && notification.status == "requested" && notification.total == 0)
            #expect(handshake.headers["Herald-Events"] == nil)
            #expect(poster.posts.dropFirst().map(\.numbers) == [1...1, 2...2, 3...3])
            let log = try await store.attempts(DeliverySelection(subscription: subscription.id), before: nil, limit: 10)
            #expect(log.map(\.kind) == ["events", "events", "events", "handshake"])
        }
    }

    @Test("C-18: a handshake that fails shows error, is not repeated, and records nothing")
    func theHandshakeFails() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let subscription = requested()
            try await store.create(subscription)
            let poster = ScriptedPoster { _, _ in .transient(.errorResponse(httpStatus: 503), retryAfter: nil) }
            try await running([courier(store, poster)]) {
                try await eventually { try await store.progress(of: subscription.id)?.subscription.status == .error }
                try await write(2, store, pool)
                // Whatever is due has been looked at by then.
                try await eventually { try await pool.count("SELECT count(*) FROM lane_timer") == 0 }
            }
            let progress = try #require(try await store.progress(of: subscription.id))
            #expect(progress.lastNumber == 0 && progress.hold == .parked)
            #expect(
                progress.subscription.statusText?.hasPrefix("handshake failed: HTTP 503 from the endpoint at ") == true
            )
            #expect(poster.posts.count == 1)
        }
    }

    @Test("C-45: after a new handshake delivery goes on with the oldest undelivered event")
    func aNewHandshakeResumesAtTheOldest() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let subscription = Subscription.sample(.nis)
            try await store.create(subscription)
            try await write(3, store, pool)
            try await pool.query("UPDATE lane SET next_attempt_at = 'infinity', attempt = 9")
            try await pool.query("UPDATE subscription SET status = 'requested'")
            let poster = ScriptedPoster()
            try await running([courier(store, poster)]) { try await delivered(store, subscription.id, 3) }
            #expect(try type(poster.posts[0]) == .handshake)
            #expect(try ReceivedNotification(parsing: poster.posts[0].body).total == 3)
            #expect(poster.posts.dropFirst().map(\.numbers) == [1...1, 2...2, 3...3])
        }
    }

    @Test("D-24: a heartbeat that is answered is the probe for a head that waits, and does not count")
    func theHeartbeatIsTheProbe() async throws {
        try await ScratchDatabase.withStore { store, pool in
            var subscription = Subscription.sample(.nis)
            subscription.heartbeat = .seconds(1)
            try await store.create(subscription)
            try await write(1, store, pool)
            // The head was tried and waits for an hour.
            try await pool.query(
                """
                UPDATE lane SET batch_to = 1, bundle_id = gen_random_uuid(), frozen_at = now(), attempt = 7,
                    first_failure_at = now(), last_error = 'no-response', next_attempt_at = now() + interval '1 hour'
                """
            )
            try await pool.query("UPDATE subscription SET status = 'error'")
            let poster = ScriptedPoster()
            try await running([courier(store, poster)]) { try await delivered(store, subscription.id, 1) }
            let first = try ReceivedNotification(parsing: poster.posts[0].body)
            #expect(first.type == .heartbeat && first.status == "error" && first.total == 1)
            #expect(poster.posts[1].numbers == 1...1 && poster.posts[1].headers["Herald-Attempt"] == "8")
            #expect(try await store.progress(of: subscription.id)?.subscription.status == .active)
        }
    }

    @Test("D-24: what the endpoint refuses for its content stays on its schedule")
    func theHeartbeatIsNoProbeForPoison() async throws {
        try await ScratchDatabase.withStore { store, pool in
            var subscription = Subscription.sample(.nis)
            subscription.heartbeat = .seconds(1)
            try await store.create(subscription)
            try await write(1, store, pool)
            try await pool.query(
                """
                UPDATE lane SET batch_to = 1, bundle_id = gen_random_uuid(), frozen_at = now(), attempt = 2,
                    first_failure_at = now(), last_error = 'rejected', next_attempt_at = now() + interval '1 hour'
                """
            )
            let poster = ScriptedPoster()
            try await running([courier(store, poster)]) { try await eventually { poster.posts.count >= 2 } }
            #expect(try poster.posts.allSatisfy { try type($0) == .heartbeat })
            #expect(try await store.progress(of: subscription.id)?.deliveredThrough == 0)
        }
    }

    @Test("C-32: no heartbeats without a period") func withoutAPeriodThereIsNoHeartbeat() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let subscription = Subscription.sample(.nis)
            try await store.create(subscription)
            try await write(1, store, pool)
            let poster = ScriptedPoster()
            try await running([courier(store, poster)]) { try await delivered(store, subscription.id, 1) }
            #expect(try await pool.count("SELECT count(*) FROM lane_timer") == 0)
            #expect(poster.posts.count == 1)
        }
    }

    @Test("D-03, D-23: resends are marked, have ids of their own, and move no cursor")
    func resendsRunBesideTheLane() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let subscription = Subscription.sample(.nis, maxCount: 2)
            try await store.create(subscription)
            try await write(6, store, pool)
            let poster = ScriptedPoster { post, before in
                // The first notification that is sent again fails once.
                post.headers["Herald-Resend"] == "true" && post.headers["Herald-Attempt"] == "1"
                    && post.numbers == 2...3
                    ? .transient(.noResponse, retryAfter: nil) : .accepted(httpStatus: 202)
            }
            try await running([courier(store, poster)]) {
                try await delivered(store, subscription.id, 6)
                let plans = try await store.startResends(
                    ResendRequest(DeliverySelection(subscription: subscription.id), from: 2, through: 5),
                    JobOrder(actor: "op", reason: "lost", isProduction: true)
                )
                #expect(plans.map(\.events) == [4])
                try await eventually("the job") {
                    try await store.deliveryJobs(of: nil, onlyOpen: false, limit: 1).first?.outcome == "done"
                }
            }
            let resent = poster.posts.filter { $0.headers["Herald-Resend"] == "true" }
            #expect(resent.map(\.numbers) == [2...3, 2...3, 4...5])
            #expect(
                resent[0].body == resent[1].body && resent[0].headers["webhook-id"] == resent[1].headers["webhook-id"]
            )
            let live = poster.posts.filter { $0.headers["Herald-Resend"] == nil }
            #expect(live.map(\.numbers) == [1...2, 3...4, 5...6])
            #expect(
                Set(resent.map { $0.headers["webhook-id"] }).isDisjoint(with: live.map { $0.headers["webhook-id"] })
            )
            #expect(try await store.progress(of: subscription.id)?.deliveredThrough == 6)
            #expect(try await pool.count("SELECT count(*) FROM audit_record WHERE client = 'op'") == 1)
        }
    }

    @Test("D-51: a rate spreads what is sent again")
    func aRateSpreadsTheNotifications() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let subscription = Subscription.sample(.nis)
            try await store.create(subscription)
            try await write(4, store, pool)
            let times = Mutex<[ContinuousClock.Instant]>([])
            let poster = ScriptedPoster { post, _ in
                if post.headers["Herald-Resend"] != nil { times.withLock { $0.append(.now) } }
                return .accepted(httpStatus: 202)
            }
            try await running([courier(store, poster)]) {
                try await delivered(store, subscription.id, 4)
                _ = try await store.startResends(
                    ResendRequest(DeliverySelection(subscription: subscription.id), from: 1),
                    JobOrder(actor: "op", rate: 5, isProduction: true)
                )
                try await eventually("all four are sent again") { times.withLock(\.count) == 4 }
            }
            let sent = times.withLock(\.self)
            #expect(zip(sent, sent.dropFirst()).allSatisfy { $1 - $0 >= .milliseconds(180) })
        }
    }

    @Test("D-51: a dry run counts and writes nothing")
    func aDryRunOnlyCounts() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let one = Subscription.sample(.nis, endpoint: "https://one.example:8443/a")
            let two = Subscription.sample(.nis, endpoint: "https://two.example/b")
            for subscription in [one, two] { try await store.create(subscription) }
            try await write(3, store, pool)
            let request = ResendRequest(DeliverySelection(origin: "https://one.example:8443"), from: 2)
            let plans = try await store.planResends(request, isProduction: true)
            #expect(plans.map(\.subscription) == [one.id] && plans.map(\.events) == [2])
            #expect(plans[0].firstNumber == 2 && plans[0].lastNumber == 3 && plans[0].job == nil)
            #expect(try await pool.count("SELECT count(*) FROM delivery_job") == 0)
            let future = Date(timeIntervalSinceNow: 3600)
            let later = ResendRequest(DeliverySelection(since: future))
            #expect(try await store.planResends(later, isProduction: true).isEmpty)
        }
    }

    @Test("D-52: what the client may not read any more is not sent again")
    func replayReevaluatesAuthorization() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await store.seed(.builtIn)
            var subscription = Subscription.sample(.nis)
            subscription.client = "gp-system"
            try await store.create(subscription)
            try await ChangeWriter(pool).write([
                SampleChange(0, vaccineType: "FLU"), SampleChange(1, vaccineType: "COVID"),
                SampleChange(2, vaccineType: "FLU"),
            ])
            try await store.routeAll()
            try await pool.query(
                "INSERT INTO api_client (id, name, scopes, permissions, updated_by) VALUES ('gp-system', '', '', '{FLU.RS}', '')"
            )
            let all = ResendRequest(DeliverySelection(subscription: subscription.id), from: 1)
            let plan = try #require(try await store.planResends(all, isProduction: true).first)
            #expect(plan.events == 2 && plan.withheld == 1)
            try await pool.query("UPDATE api_client SET enabled = false")
            #expect(try await store.planResends(all, isProduction: true).map(\.events) == [0])
        }
    }

    @Test("D-52: what is withdrawn between the request and the sending is not sent")
    func permissionIsAskedAgainBeforeSending() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await store.seed(.builtIn)
            let subscription = Subscription.sample(client: "gp-system", endpoint: "https://gp.example/", maxCount: 2)
            try await store.create(subscription)
            try await ChangeWriter(pool).write(
                ["FLU", "COVID", "FLU", "COVID", "COVID"].enumerated().map { SampleChange($0, vaccineType: $1) }
            )
            try await store.routeAll()
            try await pool.query(
                """
                INSERT INTO api_client (id, name, scopes, permissions, updated_by)
                VALUES ('gp-system', '', '', '{FLU.RS,COVID.RS}', '')
                """
            )
            try await running([courier(store, ScriptedPoster())]) { try await delivered(store, subscription.id, 5) }
            let poster = ScriptedPoster { _, before in
                // A notification that was tried already does not go again either.
                if before == 0 {
                    try await pool.query("UPDATE api_client SET permissions = '{FLU.RS}'")
                    // What is known of clients is a second old at the most.
                    try await Task.sleep(for: ClientRegistry.maximumAge)
                    return .transient(.noResponse, retryAfter: nil)
                }
                return .accepted(httpStatus: 202)
            }
            _ = try await store.startResends(
                ResendRequest(DeliverySelection(subscription: subscription.id), from: 1),
                JobOrder(actor: "gp-system", isProduction: true)
            )
            try await running([courier(store, poster)]) {
                try await eventually("the job ends") {
                    try await store.deliveryJobs(of: nil, onlyOpen: true, limit: 1).isEmpty
                }
            }
            let sent = poster.posts.dropFirst()
            let job = try #require(try await store.deliveryJobs(of: nil, onlyOpen: false, limit: 1).first)
            #expect(poster.posts.first?.numbers == 1...2)
            #expect(sent.map(\.numbers) == [1...1, 3...3])
            #expect(job.withheld == 3)
            #expect(job.sent == 2 && job.left == 0)
            #expect(sent.allSatisfy { $0.headers["webhook-id"] != poster.posts[0].headers["webhook-id"] })
        }
    }

    @Test("D-50: what an operator sets aside is a dead letter; released, it is one no more")
    func deadLettersAreReleased() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let subscription = Subscription.sample(.nis)
            try await store.create(subscription)
            try await write(4, store, pool)
            await #expect(throws: DeliveryOfficeError.nothingWaiting(through: 5, deliveredThrough: 0, lastNumber: 4)) {
                try await store.setAside(subscription.id, through: 5, by: "op", reason: "x")
            }
            #expect(try await store.setAside(subscription.id, through: 2, by: "op", reason: "broken") == 1...2)
            let dead = try await store.deadLetters(DeliverySelection(cause: "operator"), limit: 10)
            #expect(dead.map(\.number) == [1, 2] && dead.allSatisfy { $0.reason == "broken" && $0.setAsideBy == "op" })
            #expect(try await store.standing(of: 1, in: subscription.id)?.state == "dead")
            #expect(try await store.standing(of: 3, in: subscription.id)?.state == "waiting")
            #expect(try await store.standing(of: 9, in: subscription.id) == nil)
            let poster = ScriptedPoster()
            try await running([courier(store, poster)]) {
                try await delivered(store, subscription.id, 4)
                let request = ResendRequest(DeliverySelection(subscription: subscription.id), onlyDead: true)
                _ = try await store.startResends(request, JobOrder(actor: "op", isProduction: true))
                try await eventually { try await store.progress(of: subscription.id)?.deadLetters == 0 }
            }
            #expect(poster.posts.map(\.numbers) == [3...3, 4...4, 1...1, 2...2])
            #expect(try await store.standing(of: 1, in: subscription.id)?.state == "delivered")
        }
    }

    @Test("§8.3: without bounds what is undelivered is sent, in front where the lane is parked")
    func resendsRunInFrontOfAParkedLane() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let subscription = Subscription.sample(.nis, maxCount: 10)
            try await store.create(subscription)
            try await write(3, store, pool)
            try await pool.query("UPDATE lane SET next_attempt_at = 'infinity', attempt = 20")
            try await pool.query("UPDATE subscription SET status = 'error'")
            #expect(try await store.progress(of: subscription.id)?.hold == .parked)
            let poster = ScriptedPoster()
            try await running([courier(store, poster)]) {
                let request = ResendRequest(DeliverySelection(subscription: subscription.id))
                _ = try await store.startResends(request, JobOrder(actor: "client", isProduction: true))
                try await eventually {
                    try await store.deliveryJobs(of: subscription.id, onlyOpen: true, limit: 1).isEmpty
                }
            }
            #expect(poster.posts.map(\.numbers) == [1...3])
            let progress = try #require(try await store.progress(of: subscription.id))
            #expect(progress.deliveredThrough == 0 && progress.hold == .parked)
        }
    }

    @Test func aPausedLaneKeepsItsEventsUntilItIsResumed() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let subscription = Subscription.sample(.nis)
            try await store.create(subscription)
            try await store.pause(subscription.id, by: "op", reason: "maintenance")
            try await write(2, store, pool)
            let progress = try #require(try await store.progress(of: subscription.id))
            #expect(progress.hold == .paused(by: "op", reason: "maintenance") && progress.lastNumber == 2)
            #expect(try await store.claimLanes().isEmpty)
            #expect(try await store.standing(of: 1, in: subscription.id)?.state == "paused")
            let poster = ScriptedPoster()
            try await running([courier(store, poster)]) {
                try await store.resume(subscription.id, by: "op")
                try await delivered(store, subscription.id, 2)
            }
            #expect(poster.posts.map(\.numbers) == [1...1, 2...2])
            let unknown = SubscriptionID(UUID())
            await #expect(throws: DeliveryOfficeError.unknownSubscription(unknown)) {
                try await store.pause(unknown, by: "op", reason: nil)
            }
        }
    }

    @Test("D-54: attempts, dead letters and finished jobs are kept for 30 days, and no longer")
    func oldDeliveriesAreCleared() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let subscription = Subscription.sample(.nis)
            try await store.create(subscription)
            for days in [29, 31] {
                let age: [PostgresValue] = [.uuid(subscription.id.uuid), .int4(Int32(days))]
                for statement in [
                    """
                    INSERT INTO delivery_attempt (subscription_id, first_number, last_number, attempt, started_at,
                        milliseconds, outcome)
                    VALUES ($1, 1, 1, 1, now() - $2 * interval '1 day', 1, 'accepted')
                    """,
                    """
                    INSERT INTO delivery_dead (subscription_id, number, cause, attempts, set_aside_at)
                    VALUES ($1, $2, 'rejected', 1, now() - $2 * interval '1 day')
                    """,
                    """
                    INSERT INTO delivery_job (id, subscription_id, created_by, finished_at, outcome)
                    VALUES (gen_random_uuid(), $1, 'op', now() - $2 * interval '1 day', 'done')
                    """,
                ] {
                    try await pool.query(statement, age)
                }
            }
            #expect(try await store.clearDeliveries(olderThan: DeliveryKeeper.retention) == 3)
            #expect(try await store.clearDeliveries(olderThan: DeliveryKeeper.retention) == 0)
            for table in ["delivery_attempt", "delivery_dead", "delivery_job"] {
                #expect(try await pool.count("SELECT count(*) FROM \(table)") == 1)
            }
        }
    }

    @Test("§5: what is parked for 30 days goes off, and records for the time being")
    func abandonedSubscriptionsGoOff() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let subscriptions = (0..<2).map { Subscription.sample(.subscriber, endpoint: "https://\($0).example/") }
            for subscription in subscriptions { try await store.create(subscription) }
            try await pool.query("UPDATE lane SET next_attempt_at = 'infinity', attempt = 99")
            try await pool.query("UPDATE subscription SET status = 'error'")
            for (subscription, days) in zip(subscriptions, [32, 34]) {
                try await pool.query(
                    "UPDATE lane SET first_failure_at = now() - $2 * interval '1 day' WHERE subscription_id = $1",
                    [.uuid(subscription.id.uuid), .int4(Int32(days))]
                )
            }
            #expect(try await store.switchOffAbandoned() == 1)
            #expect(try await store.switchOffAbandoned() == 0)
            #expect(try await store.progress(of: subscriptions[0].id)?.subscription.status == .error)
            let off = try #require(try await store.progress(of: subscriptions[1].id)).subscription
            #expect(off.status == .off && off.offBy == .server && off.isRecording)
        }
    }

    @Test("§5: nothing is sent after the end, by the clock")
    func nothingIsSentAfterTheEnd() async throws {
        try await ScratchDatabase.withStore { store, pool in
            var subscription = Subscription.sample(.nis)
            subscription.heartbeat = .seconds(1)
            try await store.create(subscription)
            try await write(1, store, pool)
            try await pool.query("UPDATE subscription SET end_at = now()")
            #expect(
                try await store.claimTimedLanes(
                    channel: .restHook,
                    fullClients: [],
                    fullOrigins: [],
                    closedOrigins: [],
                    limit: 10,
                    owner: UUID(),
                    lease: .seconds(1)
                ).isEmpty
            )
            for claim in try await store.claimLanes() {
                #expect(try await store.advance(claim, accepted: nil, bundleID: UUID(), lease: .seconds(1)) == nil)
            }
        }
    }
}
