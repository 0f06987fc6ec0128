import HeraldTestKit
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
