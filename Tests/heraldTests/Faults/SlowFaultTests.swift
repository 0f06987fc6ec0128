import HeraldTestKit
import Postgres
import Testing

/// Whole hubs that mostly wait: they run beside the other faults, one at a time.
@Suite(.serialized)
enum SlowFaultTests {}

extension SlowFaultTests {
    /// Wall clocks that jump under processes at work (T-23).
    @Suite(.timeLimit(.minutes(6)))
    struct Clocks {
        @Test(
            "T-23: clocks that jump by an hour cause no storm of attempts and no stuck lane",
            arguments: FaultWorld.Log.both
        )
        func t23PutsClocksForwardAndBack(_ log: FaultWorld.Log) async throws {
            try await WrongClock.with { clock in
                try await FaultWorld.with(
                    log,
                    processes: FaultWorld.eachRoleTwice,
                    settings: clock.environment
                ) { world in
                    try await world.subscribe()
                    let load = FaultLoad(world, seed: 23)
                    try await load.send(feeds: 1, rows: 50)
                    try await world.waitUntilQuiet()
                    for jump in [Duration.seconds(3600), .seconds(-3600), .zero] {
                        // Every lane has a failure behind it and waits for its time when the clock jumps.
                        await world.sink.kill()
                        try await load.send(feeds: 1, rows: 20)
                        try await eventually("a failed attempt in every lane") { try await world.failingLanes() == 5 }
                        let before = try await world.attempts()
                        try clock.set(jump)
                        world.forgetToken()
                        try await Task.sleep(for: .seconds(3))
                        // Schedule A: 5 s, then 15 s, so that no lane has had more than one more attempt by now.
                        #expect(try await world.attempts() <= before + 5, "a storm of attempts")
                        try await world.sink.start()
                        // In 20 s at most the next attempt is due, by whatever clock.
                        try await world.waitUntilQuiet(within: .seconds(60))
                    }
                    try await world.check(load.load, sent: load.sent)
                }
            }
        }
    }
}

extension FaultWorld {
    fileprivate func failingLanes() async throws -> Int {
        try await pool.count("SELECT count(*) FROM lane WHERE attempt > 0")
    }

    fileprivate func attempts() async throws -> Int { try await pool.count("SELECT count(*) FROM delivery_attempt") }
}
