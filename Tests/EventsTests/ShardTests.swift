import Events
import Foundation
import HeraldTestKit
import Logging
import Synchronization
import Testing
import Vaccination

@Suite struct ShardTests {
    @Test func aShardIsTheLowSixBitsOfTheRecordsID() throws {
        let id = try #require(UUID(uuidString: "00000000-0000-8000-8000-0000000000ff"))
        #expect(Shard(of: RecordID(id)).number == 63)
        let numbers = Set((0..<2000).map { Shard(of: SampleChange($0).recordID).number })
        #expect(numbers == Set(0..<Shard.count))
    }

    @Test func leasesAreRenewedInTimeAndNotTrustedToTheirEnd() async throws {
        let store = CountingShards(shards: [Shard(number: 3)])
        var leases = ShardLeases(store: store, owner: UUID(), lease: .milliseconds(90), logger: .silent)
        #expect(!leases.isTrusted)
        #expect(try await leases.held() == [Shard(number: 3)])
        #expect(leases.isTrusted)
        #expect(try await leases.held() == [Shard(number: 3)])
        #expect(store.renewals == 1)
        try await Task.sleep(for: .milliseconds(65))
        #expect(!leases.isTrusted)
        #expect(try await leases.held() == [Shard(number: 3)])
        #expect(store.renewals == 2)
        try await leases.release()
        #expect(store.releases == 1)
    }
}

@Suite struct ShardExtensionTests {
    /// D-81, D-84: while a batch waits for its reports its leases are kept, and a lost one is noticed.
    @Test func aLeaseIsExtendedUntilItIsLost() async throws {
        let store = CountingShards(shards: [Shard(number: 3)])
        var leases = ShardLeases(store: store, owner: UUID(), lease: .milliseconds(300), logger: .silent)
        _ = try await leases.held()
        try await Task.sleep(for: .milliseconds(150))
        #expect(try await leases.extend())
        store.isLost.withLock { $0 = true }
        #expect(try await leases.extend() == false)
    }
}

/// Counts what is asked of it.
private final class CountingShards: OutboxStore {
    private let shards: [Shard]
    private let counts = Mutex((renewals: 0, releases: 0))
    let isLost = Mutex(false)

    init(shards: [Shard]) { self.shards = shards }

    var renewals: Int { counts.withLock(\.renewals) }
    var releases: Int { counts.withLock(\.releases) }

    func renewShards(owner: UUID, lease: Duration) async throws -> [Shard] {
        counts.withLock { $0.renewals += 1 }
        return shards
    }

    func releaseShards(owner: UUID) async throws { counts.withLock { $0.releases += 1 } }
    func waitingEvents(in shards: [Shard], limit: Int) async throws -> [OutboxEvent] { [] }
    func waitingPublications(in shards: [Shard], limit: Int) async throws -> [OutboxPublication] { [] }
    func extendShards(owner: UUID, lease: Duration) async throws -> [Shard] { isLost.withLock(\.self) ? [] : shards }
    func mendings() async throws -> Int64 { 0 }
    func delete(
        published outboxIDs: [Int64],
        to topic: String,
        through ends: [Int32: Int64],
        mendings: Int64
    ) async throws {}
    func setAside(outboxID: Int64, reason: String) async throws -> Int { 0 }
    func depth() async throws -> OutboxDepth { OutboxDepth(waiting: 0, oldest: nil) }
}
