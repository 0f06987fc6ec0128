import HeraldTestKit
import Testing

extension FaultTests {
    /// What a router's sleep does to those who take over from it (`delivery.md` §15, D-90).
    @Suite(.timeLimit(.minutes(4)))
    struct Routers {
        @Test(
            "T-05: a router that slept inside its transaction is passed by, and its transaction rolls back",
            arguments: FaultWorld.Log.both
        )
        func t05SuspendsARouterInsideItsTransaction(_ log: FaultWorld.Log) async throws {
            try await FaultWorld.with(log, processes: ["intake,relay,delivery", "router", "router"]) { world in
                try await world.subscribe()
                let sleeper = world.hub("router", 0)
                sleeper.database.hold(whenClientSends: "FROM subscription_generation")
                let load = FaultLoad(world, seed: 5)
                try await eventually(within: .seconds(60), "a slice for the first router") {
                    try await load.send(feeds: 1, rows: 20)
                    return sleeper.database.hasCaught
                }
                sleeper.process.pause()
                // The position is moved and locked, and nobody is there to commit: the other must not wait for that.
                try await world.waitUntilQuiet(within: .seconds(60))
                sleeper.process.resume()
                sleeper.database.heal()
                try await load.send(feeds: 1, rows: 100)
                try await world.waitUntilQuiet()
                try await world.check(load.load, sent: load.sent)
            }
        }
    }
}
