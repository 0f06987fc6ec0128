import Foundation
import HeraldTestKit
import Postgres
import Testing

extension FaultTests {
    /// `kill -9` and everything that runs in processes of its own, when nothing and when everything fails.
    @Suite(.timeLimit(.minutes(6)))
    struct Processes {
        @Test(arguments: FaultWorld.Log.allCases)
        func deliversEverythingWhenNothingFails(_ log: FaultWorld.Log) async throws {
            try await FaultWorld.with(log, processes: FaultWorld.eachRoleTwice) { world in
                try await world.subscribe()
                let load = FaultLoad(world, seed: 1)
                try await load.send(feeds: 2, rows: 100)
                try await world.waitUntilQuiet()
                try await world.check(load.load, sent: load.sent)
            }
        }

        /// Whoever does not know whether a file was taken starts the command again.
        @Test func aFileThatIsIngestedAgainIsTheSameFeed() async throws {
            try await FaultWorld.with(.embedded, processes: ["intake,router,delivery,api"]) { world in
                var load = FeedLoad(seed: 5)
                let feed = load.next(lane: 0, rows: 10)
                let file = "\(world.folder)/\(feed.name)"
                try Data(feed.bytes).write(to: URL(fileURLWithPath: file))
                let port = try #require(world.port(of: world.hubs[0].process))
                func ingest() async throws -> Substring {
                    let text = try await world.command(["ingest", "--json", "--url", "http://127.0.0.1:\(port)", file])
                    return try #require(text.firstMatch(of: /"id" ?: ?"([0-9a-f-]{36})"/)).1
                }
                let first = try await ingest()
                #expect(try await ingest() == first)
                #expect(try await world.pool.count("SELECT count(*) FROM feed") == 1)
                // Another content under the name is another file, and refused.
                try Data(load.next(lane: 0, rows: 11).bytes).write(to: URL(fileURLWithPath: file))
                await #expect(throws: FaultError.self) { try await ingest() }
                // What failed is tried anew.
                try await world.pool.query(
                    "UPDATE feed SET status = 'Failed', reason = 'for a test', received_at = now() - interval '1 hour'"
                )
                try Data(feed.bytes).write(to: URL(fileURLWithPath: file))
                #expect(try await ingest() != first)
            }
        }

        /// `design.md` §2: a row acknowledged is a row kept, whichever process is killed at whichever moment.
        @Test(arguments: FaultWorld.Log.both)
        func losesAndDoublesNothingWhenTheWholeHubIsKilled(_ log: FaultWorld.Log) async throws {
            try await FaultWorld.with(log, processes: ["intake,relay,router,delivery,api"]) { world in
                try await world.subscribe()
                let load = FaultLoad(world, seed: 2)
                var random = SplitMix(seed: .random(in: 0...UInt64.max))
                try await load.send(feeds: 1, rows: 300)
                for _ in 0..<3 {
                    try await load.send(feeds: 1, rows: 150)
                    try await Task.sleep(for: .milliseconds(random.number(in: 0...1200)))
                    await world.hubs[0].process.kill()
                    try await world.hubs[0].process.start()
                }
                try await world.waitUntilQuiet()
                try await world.check(load.load, sent: load.sent)
                #expect(await world.hubs[0].process.stop() == 0)
            }
        }
    }
}
