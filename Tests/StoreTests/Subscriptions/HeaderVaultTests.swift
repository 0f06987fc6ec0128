import Access
import Deliveries
import Events
import Foundation
import HeraldTestKit
import Outbound
import Postgres
import Store
import Subscriptions
import Testing

/// `fhir-subscriptions.md` §3, `delivery.md` §12: values of header lines are encrypted at rest.
@Suite(.herald, .timeLimit(.minutes(1))) struct HeaderVaultTests {
    private static let lines = ["Authorization: Bearer top secret", "X-Empty: ", "X-Site: Zürich: 7"]

    private func headers(_ store: PostgresStore, _ id: SubscriptionID) async throws -> [String] {
        try #require(try await store.progress(of: id)).subscription.headers
    }

    @Test func aSealedLineShowsItsNameAloneAndOpensWhereItBelongs() throws {
        let vault = HeaderVault(keys: KeyRing<DeliveryKeys>(.generate(now: Date())))
        let (mine, other) = (SubscriptionID(UUID()), SubscriptionID(UUID()))
        let sealed = try vault.seal(Self.lines, of: mine)
        #expect(sealed.map { $0.prefix { $0 != ":" } } == ["Authorization", "X-Empty", "X-Site"])
        #expect(!sealed.joined().contains("secret") && !sealed.joined().contains("Zürich"))
        #expect(try vault.open(sealed, of: mine) == Self.lines)
        // A line in another subscription's row, or under another name, does not open.
        #expect(throws: SecretError.damaged) { try vault.open(sealed, of: other) }
        let renamed = "X-Other" + sealed[0].dropFirst("Authorization".count)
        #expect(throws: SecretError.damaged) { try vault.open([renamed], of: mine) }
        #expect(throws: SecretError.damaged) { try vault.open(["X-Key: sealed:1:broken"], of: mine) }
        // What looks like one that is sealed is a value like any other.
        let odd = try vault.seal(["X-Key: sealed:1:a:b:c"], of: mine)
        #expect(try vault.open(odd, of: mine) == ["X-Key: sealed:1:a:b:c"])
    }

    @Test func plainLinesOfAnEarlierVersionAreReadAndThenSealed() async throws {
        try await ScratchDatabase.withStore { store, pool in
            var subscription = Subscription.sample(.subscriber)
            subscription.headers = Self.lines
            try await store.create(subscription)
            let vault = HeaderVault(keys: KeyRing<DeliveryKeys>(.generate(now: Date())))
            #expect(try await vault.open(headers(store, subscription.id), of: subscription.id) == Self.lines)
            #expect(try await vault.tidy(store) == 1)
            #expect(try await vault.tidy(store) == 0)
            let kept = try await headers(store, subscription.id)
            #expect(kept.count == 3 && !kept.joined().contains("secret"))
            #expect(try vault.open(kept, of: subscription.id) == Self.lines)
            let known = "SELECT count(*) FROM subscription WHERE headers_key = '\(vault.newestKey)'"
            #expect(try await pool.count(known) == 1)
        }
    }

    @Test func linesFollowANewKeyAndOneThatIsLostKeepsNoOtherFromIt() async throws {
        try await ScratchDatabase.withStore { store, _ in
            let folder = ScratchFolder.make()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let ring = try KeyRing<DeliveryKeys>(directory: folder, now: Date())
            let vault = HeaderVault(keys: ring)
            let stranger = HeaderVault(keys: KeyRing<DeliveryKeys>(.generate(now: Date())))
            let (mine, lost) = (Subscription.sample(.subscriber), Subscription.sample(.subscriber))
            for (var one, sealer) in [(mine, vault), (lost, stranger)] {
                one.headers = try sealer.seal(Self.lines, of: one.id)
                try await store.create(one)
            }
            let before = try await headers(store, mine.id)
            _ = try DeliveryKeys.rotate(in: folder, .secrets, grace: 0, now: Date())
            try ring.reload()
            await #expect(throws: SecretError.unknownKey(stranger.newestKey)) { try await vault.tidy(store) }
            let after = try await headers(store, mine.id)
            #expect(after != before && after.allSatisfy { $0.contains(vault.newestKey) })
            #expect(try vault.open(after, of: mine.id) == Self.lines)
        }
    }

    @Test func theEndpointGetsTheValues() async throws {
        try await ScratchDatabase.withStore(connections: 16) { store, pool in
            let vault = HeaderVault(keys: KeyRing<DeliveryKeys>(.generate(now: Date())))
            var subscription = Subscription.sample(.nis)
            subscription.headers = try vault.seal(["Authorization: Bearer top secret"], of: subscription.id)
            try await store.create(subscription)
            try await ChangeWriter(pool).write([SampleChange(1)])
            try await store.routeAll()
            let poster = ScriptedPoster()
            try await running([CourierWorld.courier(store, poster, headers: vault)]) {
                try await CourierWorld.waitUntilDelivered(store, [subscription])
            }
            #expect(poster.posts.first?.headers["Authorization"] == "Bearer top secret")
        }
    }
}
