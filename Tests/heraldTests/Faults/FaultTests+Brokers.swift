import Foundation
import HeraldTestKit
import Kafka
import Testing

extension FaultTests {
    /// What brokers do, and what must not come of it.
    @Suite(.timeLimit(.minutes(40)))
    struct Brokers {
        /// How long Kafka is away; `HERALD_TEST_OUTAGE_SECONDS=600` makes it the ten minutes of T-07.
        private static let outage =
            ProcessInfo.processInfo.environment["HERALD_TEST_OUTAGE_SECONDS"].flatMap { Int($0) } ?? 12

        @Test(
            "T-07: while Kafka is away feeds are accepted, and then everything arrives in order",
            arguments: [
                FaultWorld.Log.kafka, .tansu,
            ]
        )
        func t07TakesFeedsWhileKafkaIsAway(_ log: FaultWorld.Log) async throws {
            try await FaultWorld.with(log, processes: FaultWorld.eachRoleTwice) { world in
                guard let broker = world.broker, broker.canBeAway else { return }
                try await world.subscribe()
                let load = FaultLoad(world, seed: 7)
                try await load.send(feeds: 1, rows: 100)
                let routed = try await load.flowing(rows: 10, pause: .seconds(1)) {
                    broker.goAway()
                    let sent = load.rowCount
                    try await Task.sleep(for: .seconds(Self.outage))
                    #expect(load.rowCount >= sent + Self.outage * 10, "feeds are not accepted while Kafka is away")
                    let routed = try await RoutingAudit(world.pool).routedCount()
                    broker.comeBack()
                    return routed
                }
                #expect(routed < load.rowCount)
                // Not by a deadline: an endpoint gets no more than its limit a second, however much has piled up.
                let catchUp = try await world.waitWhileMoving(standstill: .seconds(60))
                print(
                    "T-07, \(log): Kafka away for \(Self.outage) s, \(load.rowCount) rows fed, quiet again after \(catchUp)"
                )
                try await world.check(load.load, sent: load.sent)
            }
        }

        /// `kill -9` of a broker comes from outside, at any moment of this test, as often as one likes, and the broker comes
        /// back with its disk: whatever was acknowledged is there, so the ledger is clean.
        @Test(
            .enabled(
                if: FaultBroker.externalServers != nil,
                "HERALD_KAFKA_BOOTSTRAP_SERVERS names no cluster whose brokers could be killed"
            )
        )
        func outlivesBrokersThatAreKilledFromOutside() async throws {
            try await FaultWorld.with(.kafka, processes: FaultWorld.eachRoleTwice) { world in
                try await world.subscribe()
                let load = FaultLoad(world, seed: 9)
                try await load.flowing(rows: 25, pause: .seconds(1)) {
                    try await Task.sleep(for: .seconds(max(30, Self.outage)))
                }
                // As long as a broker needs to check its log after a crash, and to elect leaders anew.
                try await world.waitUntilQuiet(within: .seconds(600))
                try await world.check(load.load, sent: load.sent)
            }
        }

        @Test func outlivesErrorsOfEveryKindOfRequest() async throws {
            try await FaultWorld.with(.kafka, processes: FaultWorld.eachRoleTwice) { world in
                try await world.subscribe()
                let load = FaultLoad(world, seed: 8)
                try await load.flowing(rows: 10) {
                    let errors: [(KafkaRequest, [KafkaErrorCode])] = [
                        (.produce, [.notLeaderForPartition, .requestTimedOut, .transport]),
                        (.fetch, [.notLeaderForPartition, .transport]), (.metadata, [.transport]),
                        (.heartbeat, [.transport]), (.produce, [.outOfOrderSequence]),
                        (.offsetCommit, [.transport]),
                    ]
                    for (request, codes) in errors {
                        try world.broker?.pushErrors(request, codes)
                        try await Task.sleep(for: .seconds(1))
                    }
                }
                try await world.waitUntilQuiet()
                try await world.check(load.load, sent: load.sent)
            }
        }

        /// D-91: the log is empty when its readers come back; they stop and say so, and an operator has it filled again.
        @Test func stopsAtALogThatWasLostAndReplaysWhatWasInIt() async throws {
            try await FaultWorld.with(.tansu, processes: FaultWorld.eachRoleTwice) { world in
                try await world.subscribe()
                let load = FaultLoad(world, seed: 91)
                try await load.send(feeds: 1, rows: 50)
                try await world.waitUntilQuiet()
                let routers = [world.hub("router", 0).process, world.hub("router", 1).process]
                for router in routers { await router.kill() }
                try await load.send(feeds: 1, rows: 50)
                try await eventually(within: .seconds(60), "publishing") {
                    let accepted = load.sent.reduce(0) { $0 + $1.accepted }
                    return try await world.pool.count(
                        "SELECT (SELECT count(*) FROM immunization_version) - (SELECT count(*) FROM outbox)"
                    ) == accepted
                }
                try await world.broker?.loseEverything()
                for router in routers { try await router.start() }
                try await eventually(within: .seconds(90), "an alarm for every partition") {
                    try await world.pool.count("SELECT count(*) FROM log_gap") == FaultWorld.partitions
                }
                #expect(routers.contains { $0.logText.contains("run herald replay --gaps") })
                _ = try await world.command(["replay", "--gaps"])
                try await world.waitUntilQuiet()
                try await world.check(load.load, sent: load.sent)
            }
        }
    }
}
