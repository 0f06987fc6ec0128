import Events
import Foundation
import HeraldTestKit
import Postgres
import Store
import Testing

@Suite(.herald, .timeLimit(.minutes(1))) struct OutboxTests {
    @Test func membersShareTheShards() async throws {
        try await ScratchDatabase.withStore { store, _ in
            let owners = (0..<3).map { _ in UUID() }
            #expect(try await store.renewShards(owner: owners[0], lease: .seconds(30)).count == 64)
            #expect(try await store.renewShards(owner: owners[1], lease: .seconds(30)).isEmpty)
            #expect(try await store.renewShards(owner: owners[0], lease: .seconds(30)).count == 32)
            #expect(try await store.renewShards(owner: owners[1], lease: .seconds(30)).count == 32)
            for owner in owners { _ = try await store.renewShards(owner: owner, lease: .seconds(30)) }
            var held: [Shard] = []
            for owner in owners { held += try await store.renewShards(owner: owner, lease: .seconds(30)) }
            #expect(held.count == 64)
            #expect(Set(held).count == 64)

            try await store.releaseShards(owner: owners[0])
            let rest = try await store.renewShards(owner: owners[1], lease: .seconds(30))
            #expect(rest.count == 32)
        }
    }

    @Test func whoGoesAwayWithoutAWordIsReplacedWhenItsLeaseIsOver() async throws {
        try await ScratchDatabase.withStore { store, _ in
            #expect(try await store.renewShards(owner: UUID(), lease: .milliseconds(50)).count == 64)
            let heir = UUID()
            try await eventually { try await store.renewShards(owner: heir, lease: .milliseconds(50)).count == 64 }
        }
    }

    @Test func publicationsCarryCurrentAndPreviousContent() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let writer = ChangeWriter(pool)
            for change in [SampleChange(1), SampleChange(1), SampleChange(1, removes: true), SampleChange(1)] {
                try await writer.write([change])
            }
            let waiting = try await store.waitingPublications(in: PostgresStore.allShards, limit: 10)
            let contents = (1...4).map { SampleChange(1).resource(change: Int32($0)) }
            #expect(waiting.map(\.current) == [contents[0], contents[1], contents[1], contents[3]])
            #expect(waiting.map(\.previous) == [nil, contents[0], contents[1], contents[1]])
            #expect(waiting.map(\.event.kind) == [.recorded, .corrected, .removed, .corrected])
            #expect(
                waiting.map(\.event)
                    == (try await store.waitingEvents(in: PostgresStore.allShards, limit: 10)).map(\.event)
            )
        }
    }

    @Test func longResourcesAreReadInSmallerPortions() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await ChangeWriter(pool).write((0..<100).map { SampleChange($0) })
            // 1 MiB each: more together than are to be in memory at a time.
            try await pool.query("UPDATE immunization_version SET resource = convert_to(repeat('x', 1 << 20), 'UTF8')")
            let first = try await store.waitingPublications(in: PostgresStore.allShards, limit: 1000)
            #expect((1..<100).contains(first.count))
            try await store.require(.kafka(topic: "t", partitions: 1))
            var published = 0
            while true {
                let waiting = try await store.waitingPublications(in: PostgresStore.allShards, limit: 1000)
                if waiting.isEmpty { break }
                published += waiting.count
                try await store.delete(
                    published: waiting.map(\.outboxID),
                    to: "t",
                    through: [0: Int64(published)],
                    mendings: 0
                )
            }
            #expect(published == 100)
        }
    }

    @Test("D-91: what a log acknowledged before its gaps are mended is published again")
    func acknowledgementsFromBeforeAMendingDeleteNothing() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await ChangeWriter(pool).write([SampleChange(1)])
            try await store.require(.kafka(topic: "t", partitions: 1))
            let before = try await store.mendings()
            let waiting = try await store.waitingPublications(in: PostgresStore.allShards, limit: 10).map(\.outboxID)
            try await store.beginMending()
            await #expect(throws: LogMendedError()) {
                try await store.delete(published: waiting, to: "t", through: [0: 1], mendings: before)
            }
            #expect(try await store.depth().waiting == 1)
            let after = try await store.mendings()
            try await store.delete(published: waiting, to: "t", through: [0: 1], mendings: after)
            #expect(try await store.depth().waiting == 0)
        }
    }

    @Test func depthTellsHowManyWaitAndSinceWhen() async throws {
        try await ScratchDatabase.withStore { store, pool in
            #expect(try await store.depth() == OutboxDepth(waiting: 0, oldest: nil))
            try await ChangeWriter(pool).write([SampleChange(1), SampleChange(2)])
            let depth = try await store.depth()
            #expect(depth.waiting == 2)
            #expect(try #require(depth.oldest).timeIntervalSinceNow > -60)
        }
    }
}
