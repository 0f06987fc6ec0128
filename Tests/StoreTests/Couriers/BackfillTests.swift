import Access
import Deliveries
import Events
import FHIR
import Feeds
import Foundation
import HeraldTestKit
import Messages
import Postgres
import Store
import Subscriptions
import Testing
import Vaccination

/// D-53: a new subscriber gets what the store holds, in a separate job, and numbering is not touched.
@Suite(.herald, .timeLimit(.minutes(2))) struct BackfillTests {
    private func subscription(_ filter: SubscriptionFilter = SubscriptionFilter(), maxCount: Int = 2) -> Subscription {
        Subscription.sample(.subscriber, filter: filter, maxCount: maxCount)
    }

    private func write(_ changes: [SampleChange], _ store: PostgresStore, _ pool: PostgresPool) async throws {
        try await ChangeWriter(pool).write(changes)
        try await store.routeAll()
    }

    @discardableResult
    private func request(
        _ store: PostgresStore,
        _ id: SubscriptionID,
        _ window: BackfillWindow = BackfillWindow()
    ) async throws -> BackfillAnswer {
        try await store.requestBackfill(of: id, window, JobOrder(actor: "test", isProduction: true)) {
            AuditRecord.change("back-fill", by: "test", with: "a test")
        }
    }

    private func waitUntilDone(_ store: PostgresStore) async throws {
        try await eventually(within: .seconds(40), "the back-fill is done") {
            try await store.deliveryJobs(of: nil, onlyOpen: false, limit: 10).allSatisfy { $0.outcome == "done" }
        }
    }

    private func records(_ posts: [ScriptedPoster.Post]) throws -> [RecordID] {
        try posts.flatMap { try ReceivedNotification(parsing: $0.body).records }.compactMap {
            $0.address.split(separator: "/").last.flatMap { UUID(uuidString: String($0)) }.map { RecordID($0) }
        }
    }

    @Test("D-53: it brings the records that were there, marked and without numbers")
    func whatWasThereComesWithoutNumbers() async throws {
        try await ScratchDatabase.withStore(connections: 8) { store, pool in
            try await write(
                (0..<5).map { SampleChange($0) } + [SampleChange(5), SampleChange(5, removes: true)],
                store,
                pool
            )
            let subscription = subscription()
            try await store.create(subscription)
            guard case .filed(let job) = try await request(store, subscription.id) else {
                Issue.record("a back-fill is under way")
                return
            }
            let poster = ScriptedPoster()
            try await running([CourierWorld.courier(store, poster)]) {
                try await waitUntilDone(store)
                // Live delivery goes on from number 1.
                try await write([SampleChange(9)], store, pool)
                try await CourierWorld.waitUntilDelivered(store, [subscription])
            }
            let filled = poster.posts.filter { $0.headers["Herald-Backfill"] != nil }
            #expect(
                filled.count == 3 && Set(filled.map { $0.headers["Herald-Backfill"] }) == [job.uuidString.lowercased()]
            )
            #expect(filled.allSatisfy { $0.headers["Herald-Events"] == nil && $0.headers["Herald-Resend"] == nil })
            #expect(Set(filled.compactMap { $0.headers["webhook-id"] }).count == 3)
            #expect(try Set(records(filled)) == Set((0..<5).map { SampleChange($0).recordID }))
            #expect(try records(filled).count == 5)
            let first = try ReceivedNotification(parsing: #require(filled.first).body)
            #expect(first.type == .queryStatus && first.events.isEmpty && first.total == 0)
            #expect(
                first.records.allSatisfy { $0.resource?["resourceType"]?.string == "Immunization" && $0.version == 1 }
            )
            #expect(poster.posts.compactMap(\.numbers) == [1...1])
            let log = try await store.attempts(DeliverySelection(subscription: subscription.id), before: nil, limit: 10)
            #expect(log.filter { $0.kind == "backfill" }.count == 3)
            // Who was shown what is in the trail.
            let shown = "SELECT count(*) FROM audit_record WHERE details LIKE '%back-fill%' AND status = 202"
            #expect(try await pool.count(shown) == 3)
        }
    }

    @Test("D-53: nothing comes twice: not what an event has brought, nor what an event will bring")
    func nothingOfTheLiveLaneComesAgain() async throws {
        try await ScratchDatabase.withStore(connections: 8) { store, pool in
            try await write((0..<4).map { SampleChange($0) }, store, pool)
            let subscription = subscription()
            try await store.create(subscription)
            // 0 is corrected and so comes as an event; 1 is corrected, but nobody has routed it yet.
            try await write([SampleChange(0)], store, pool)
            try await ChangeWriter(pool).write([SampleChange(1)])
            try await request(store, subscription.id)
            let poster = ScriptedPoster()
            try await running([CourierWorld.courier(store, poster)]) {
                try await waitUntilDone(store)
                try await store.routeAll()
                try await CourierWorld.waitUntilDelivered(store, [subscription])
            }
            let filled = poster.posts.filter { $0.headers["Herald-Backfill"] != nil }
            #expect(try Set(records(filled)) == [SampleChange(2).recordID, SampleChange(3).recordID])
            #expect(poster.posts.compactMap(\.numbers).flatMap(Array.init) == [1, 2])
        }
    }

    @Test("D-10, D-53: a retry has the same bytes, and leaves out what has become an event since")
    func aRetryDoesNotOvertakeTheLiveLane() async throws {
        try await ScratchDatabase.withStore(connections: 8) { store, pool in
            try await write((0..<2).map { SampleChange($0) }, store, pool)
            let subscription = subscription()
            try await store.create(subscription)
            try await request(store, subscription.id)
            let mayPass = Flag()
            let poster = ScriptedPoster { post, _ in
                post.headers["Herald-Backfill"] == nil || mayPass.isRaised
                    ? .accepted(httpStatus: 202) : .transient(.noResponse, retryAfter: nil)
            }
            try await running([CourierWorld.courier(store, poster)]) {
                try await eventually(within: .seconds(40), "it is tried twice") {
                    poster.posts.count { $0.headers["Herald-Backfill"] != nil } >= 2
                }
                try await write([SampleChange(0)], store, pool)
                try await CourierWorld.waitUntilDelivered(store, [subscription])
                mayPass.raise()
                try await waitUntilDone(store)
            }
            let filled = poster.posts.filter { $0.headers["Herald-Backfill"] != nil }
            #expect(
                filled[0].body == filled[1].body && filled[0].headers["webhook-id"] == filled[1].headers["webhook-id"]
            )
            let last = try #require(filled.last)
            #expect(try records([last]) == [SampleChange(1).recordID])
            #expect(last.headers["webhook-id"] != filled[0].headers["webhook-id"])
        }
    }

    @Test func theFilterTheTimeAndTheClientsPermissionsDecide() async throws {
        try await ScratchDatabase.withStore(connections: 8) { store, pool in
            try await store.seed(.builtIn)
            var client = RegisteredClient(
                id: try #require(ClientID("narrow")),
                name: "one",
                scopes: Scopes(parsing: "system/Subscription.cruds")
            )
            client.permissions = try VaccinePermissions(["FLU.RS"])
            try await store.create(client, by: "test")
            try await write([SampleChange(0), SampleChange(1, vaccineType: "COVID")], store, pool)
            var narrow = subscription()
            narrow.client = "narrow"
            let mmr = subscription(SubscriptionFilter(performers: ["X26"]))
            let early = subscription()
            for one in [narrow, mmr, early] { try await store.create(one) }
            try await request(store, narrow.id)
            try await request(store, mmr.id)
            try await request(store, early.id, BackfillWindow(until: Date(timeIntervalSince1970: 0)))
            let poster = ScriptedPoster()
            try await running([
                CourierWorld.courier(
                    store,
                    poster,
                    recipients: RegisteredRecipients(registrations: ClientRegistry(store: store), isProduction: true)
                )
            ]) {
                try await waitUntilDone(store)
            }
            #expect(try records(poster.posts) == [SampleChange(0).recordID])
            let jobs = try await store.deliveryJobs(of: narrow.id, onlyOpen: false, limit: 1)
            #expect(jobs.first?.sent == 1 && jobs.first?.withheld == 1 && jobs.first?.kind == "backfill")
        }
    }

    @Test func whatCannotBeFilledIsRefused() async throws {
        try await ScratchDatabase.withStore { store, _ in
            let feed = Subscription.sample(channel: .feed)
            let empty = Subscription.sample(content: .empty)
            var off = Subscription.sample(.subscriber)
            off.status = .off
            let good = subscription()
            for one in [feed, empty, off, good] { try await store.create(one) }
            await #expect(throws: DeliveryOfficeError.noRestHook(feed.id)) { try await request(store, feed.id) }
            await #expect(throws: DeliveryOfficeError.emptyContent(empty.id)) { try await request(store, empty.id) }
            await #expect(throws: DeliveryOfficeError.off(off.id)) { try await request(store, off.id) }
            let unknown = SubscriptionID(UUID())
            await #expect(throws: DeliveryOfficeError.unknownSubscription(unknown)) {
                try await request(store, unknown)
            }
            guard case .filed(let job) = try await request(store, good.id) else {
                Issue.record("a back-fill is under way")
                return
            }
            #expect(try await request(store, good.id) == .underWay(job))
        }
    }
}
