import Deliveries
import Events
import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import Messages
import Postgres
import Store
import Synchronization
import Testing

@testable import herald

/// What a subscriber reads and asks for again: `$events` page by page, `$resend`, and the sample subscriber's recovery
/// (`fhir-subscriptions.md` §8, `delivery.md` §20).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct StoredEventsTests {
    private static let scope = "system/Subscription.cruds system/Immunization.cruds"

    /// Lends a hub with an active subscription that has so many events, and its address and its owner's bearer.
    private func withEvents(
        _ count: Int,
        _ body: (HubFixture, _ uri: String, _ bearer: String) async throws -> Void
    ) async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer(Self.scope, client: "gp")
            let id = try await hub.subscribe(hub.subscription(filters: "vaccine-type=FLU"), bearer)
            try await hub.activate(id)
            try await ChangeWriter(hub.hub.pool).write((0..<count).map { SampleChange($0) })
            let store = hub.hub.store
            let shards = (0..<Shard.count).map { Shard(number: $0) }
            while true {
                let waiting = try await store.waitingEvents(in: shards, limit: 500)
                if waiting.isEmpty { break }
                let position = LogPosition.outbox(ids: waiting.map(\.outboxID))
                _ = try await store.route(EventSlice(events: waiting.map(\.event), position: position))
            }
            try await body(hub, "\(HubFixture.subscriptions)/\(id)", bearer)
        }
    }

    private func notification(_ answer: TestResponse) throws -> ReceivedNotification {
        #expect(answer.status == .ok, "\(String(buffer: answer.body))")
        return try ReceivedNotification(parsing: Array(answer.body.readableBytesView))
    }

    @Test("§8.2: more than 100 events come page by page, by the link to the next, each once")
    func manyEventsComePageByPage() async throws {
        try await withEvents(205) { hub, uri, bearer in
            var next: String? = uri + "/$events?content=id-only&eventsUntilNumber=203"
            var pages: [[Int64]] = []
            while let page = next, pages.count < 5 {
                let answer = try await hub.send(.get, page, authorization: bearer)
                pages.append(try notification(answer).events.map(\.number))
                let link = try answer.json()["link"]?.array?.first { $0["relation"] == "next" }
                next = link?["url"]?.string.flatMap { url in
                    url.range(of: "/FHIR/").map { String(url[$0.lowerBound...]) }
                }
            }
            #expect(pages.map(\.count) == [100, 100, 3])
            #expect(pages.flatMap(\.self) == Array(1...203))
        }
    }

    @Test("§8.2, D-54: what is no longer kept is 410, what is left is still read")
    func whatIsNoLongerKeptIsGone() async throws {
        try await withEvents(12) { hub, uri, bearer in
            try await hub.hub.pool.query("DELETE FROM subscription_event WHERE number <= 8")
            let gone = try await hub.send(.get, uri + "/$events?eventsUntilNumber=8", authorization: bearer)
            #expect(gone.status == .gone)
            let words = try gone.json()["issue"]?[0]?["diagnostics"]?.string
            #expect(words == "The events up to 8 are no longer kept; search instead.")
            let left = try await hub.send(.get, uri + "/$events?eventsSinceNumber=5", authorization: bearer)
            #expect(try notification(left).events.map(\.number) == [9, 10, 11, 12])
        }
    }

    @Test("§8.3: the example of $resend is accepted and answered as it stands")
    func theExampleOfResendIsAnswered() async throws {
        try await withEvents(12) { hub, uri, bearer in
            let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "SubscriptionsTests/Fixtures/fhir-subscriptions")
            let request = try Data(contentsOf: fixtures.appending(path: "resend-request.json"))
            let answer = try await hub.send(
                .post,
                uri + "/$resend",
                authorization: bearer,
                headers: [.contentType: "application/fhir+json"],
                body: Array(request)
            )
            #expect(answer.status == .ok)
            let example = String(
                decoding: try Data(contentsOf: fixtures.appending(path: "resend-response.json")),
                as: UTF8.self
            )
            let id = try #require(uri.split(separator: "/").last)
            let expected = try JSONValue(
                parsing: Array(example.replacing("b8f2c3a4-5d6e-4f70-8a91-0c1d2e3f4a5b", with: id).utf8)
            )
            let issue = try #require(try answer.json()["issue"]?[0])
            for member in try #require(expected["issue"]?[0]?.object).members {
                #expect(issue[member.name] == member.value, "\(member.name)")
            }
            #expect(try answer.json()["issue"]?.array?.count == 1)
            #expect(try answer.json()["resourceType"] == expected["resourceType"])
            let jobs = try await hub.hub.store.deliveryJobs(of: nil, onlyOpen: true, limit: 10)
            #expect(jobs.map(\.left) == [5])
        }
    }

    @Test("§20: the sample subscriber fetches what is missing, however much it is, from a listening hub")
    func aGapIsClosedByEvents() async throws {
        try await withEvents(230) { hub, uri, bearer in
            let ledger = NotificationLedger()
            for number in [1, 150, 230] {
                let one = "/$events?eventsSinceNumber=\(number)&eventsUntilNumber=\(number)"
                let answer = try await hub.send(.get, uri + one, authorization: bearer)
                _ = ledger.take(try notification(answer), at: "/")
            }
            let id = try #require(uri.split(separator: "/").last).description
            let subscription = try #require(ledger.received.first?.subscription)
            #expect(ledger.missing(of: subscription).count == 227)
            let failures = Mutex<[String]>([])
            try await hub.listening { port in
                let recovery = SinkRecovery(
                    ledger: ledger,
                    base: "http://127.0.0.1:\(port)/FHIR/R4",
                    patience: .zero,
                    token: { String(bearer.dropFirst("Bearer ".count)) },
                    onRecovery: { _, result in
                        if case .failure(let error) = result { failures.withLock { $0.append("\(error)") } }
                    }
                )
                try await running([recovery]) {
                    recovery.noticed(gapIn: subscription)
                    try await eventually("the gap is closed") {
                        ledger.missing(of: subscription).isEmpty || failures.withLock { !$0.isEmpty }
                    }
                }
            }
            #expect(failures.withLock(\.self).isEmpty)
            #expect(subscription == id)
            #expect(Set(ledger.received.map(\.number)) == Set(1...230))
            #expect(ledger.received.count == 230 && ledger.duplicates == 1)
        }
    }
}
