import HeraldTestKit
import Postgres
import Testing

extension FaultTests {
    /// PostgreSQL away, crashing and full: patience, clear answers, nothing lost, nobody told what is not so.
    @Suite(.timeLimit(.minutes(5)))
    struct Databases {
        @Test(arguments: FaultWorld.Log.both)
        func tellsNobodyAcceptedWhilePostgreSQLIsAway(_ log: FaultWorld.Log) async throws {
            try await FaultWorld.with(log, processes: FaultWorld.eachRoleTwice) { world in
                try await world.subscribe()
                let load = FaultLoad(world, seed: 3)
                for stop in [PrivateCluster.Stop.immediate, .kill] {
                    // In the middle of uploads: what is answered 202 is kept, also when the server stops right after.
                    try await load.flowing(rows: 50, pause: .milliseconds(50)) {
                        try await Task.sleep(for: .seconds(1))
                        await world.server.stop(stop)
                        for attempt in 0..<3 {
                            let intake = world.hub("intake", attempt % 2).process
                            let answer = try await load.attempt(rows: 20, at: intake, within: .seconds(10))
                            #expect(answer != .accepted)
                            #expect(await world.status(of: intake) != "pass")
                        }
                        try await world.server.start()
                    }
                    try await eventually("the feed is accepted again") {
                        try await load.attempt(rows: 20, at: world.hub("intake").process) == .accepted
                    }
                }
                try await world.waitUntilQuiet()
                try await world.check(load.load, sent: load.sent)
                for hub in world.hubs { #expect(hub.process.isRunning, "\(hub.process.name) ended") }
            }
        }

        @Test func waitsForPostgreSQLAtItsStart() async throws {
            try await FaultWorld.with(.embedded, processes: ["intake,router,delivery"]) { world in
                let process = world.hubs[0].process
                #expect(await process.stop() == 0)
                await world.server.stop(.immediate)
                try await process.launch()
                try await process.waitFor("database not reachable, trying again")
                try await world.server.start()
                try await process.waitFor("herald is ready")
            }
        }

        @Test(
            "T-22: a full disk under PostgreSQL stops acknowledgements, and needs nothing but room to recover",
            arguments:
                FaultWorld.Log.both
        )
        func t22FillsTheDisk(_ log: FaultWorld.Log) async throws {
            try await TightDisk.with(megabytes: 400) { disk in
                try await FaultWorld.with(
                    log,
                    processes: ["intake,relay,router,delivery"],
                    serverFolder: disk.folder
                ) { world in
                    try await world.subscribe()
                    let load = FaultLoad(world, seed: 22)
                    try await load.send(feeds: 1, rows: 100)
                    try disk.fill()
                    let intake = world.hub("intake").process
                    // A page may still have room: sooner or later there is none, and then there is no acknowledgement.
                    try await eventually(within: .seconds(90), "a refusal") {
                        try await load.attempt(rows: 2000, at: intake) != .accepted
                    }
                    for _ in 0..<3 { #expect(try await load.attempt(rows: 2000, at: intake) != .accepted) }
                    try disk.empty()
                    if await !world.server.isRunning { try await world.server.start() }
                    try await eventually(within: .seconds(60), "acceptance") {
                        try await load.attempt(rows: 2000, at: intake) == .accepted
                    }
                    try await world.waitUntilQuiet()
                    try await world.check(load.load, sent: load.sent)
                }
            }
        }
    }
}
