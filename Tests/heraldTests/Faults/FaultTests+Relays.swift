import HeraldTestKit
import Testing

extension FaultTests {
    /// What a relay's death and its return leave behind (`delivery.md` §13).
    @Suite(.timeLimit(.minutes(4)))
    struct Relays {
        @Test("T-01: a relay killed between produce and delete repeats messages, and no event")
        func t01KillsARelayBetweenProduceAndDelete() async throws {
            try await FaultWorld.with(.kafka, processes: ["intake,router,delivery", "relay"]) { world in
                try await world.subscribe()
                let relay = world.hub("relay")
                relay.database.hold(whenClientSends: "DELETE FROM outbox WHERE id")
                let load = FaultLoad(world, seed: 1)
                try await load.send(feeds: 1, rows: 100)
                try await eventually("the relay wants to delete") { relay.database.hasCaught }
                await relay.process.kill()
                relay.database.reset()
                relay.database.heal()
                try await relay.process.start()
                try await world.waitUntilQuiet()
                try await world.check(load.load, sent: load.sent)
                let events = try await RoutingAudit(world.pool).routedCount()
                let messages = try await world.messageCount()
                #expect(messages > events, "the relay was killed before it had produced anything")
            }
        }

        @Test("T-02: what a relay publishes that slept past its lease is not routed after newer versions")
        func t02WakesARelayThatSleptPastItsLease() async throws {
            try await FaultWorld.with(.kafka, processes: ["intake,router,delivery", "relay", "relay"]) { world in
                try await world.subscribe()
                guard let broker = world.broker, broker.canBeAway else { return }
                let sleeper = world.hub("relay", 0)
                let other = world.hub("relay", 1)
                let load = FaultLoad(world, seed: 2)
                try await load.send(feeds: 1, rows: 100)
                try await world.waitUntilQuiet()
                // Both relays have changes in hand that no broker takes, and one falls asleep over them.
                broker.goAway()
                try await load.send(feeds: 1, rows: 100)
                try await Task.sleep(for: .seconds(1))
                sleeper.process.pause()
                broker.comeBack()
                // The other takes the shards over and publishes the same changes, and newer ones.
                try await load.send(feeds: 2, rows: 100)
                try await world.waitUntilQuiet()
                let before = try await world.messageCount()
                sleeper.process.resume()
                await other.process.kill()
                try await load.send(feeds: 1, rows: 100)
                try await world.waitUntilQuiet()
                #expect(try await world.messageCount() > before)
                try await world.check(load.load, sent: load.sent)
            }
        }
    }
}
