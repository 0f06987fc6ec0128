import Foundation
import Testing

/// Random faults under a load, again and again; what was accepted must be there each time, once and in order.
package struct Soak: Sendable {
    /// What a round came to.
    package struct Report: Sendable, CustomStringConvertible {
        var name = ""
        var rows = 0
        var events = 0
        var deliveries = 0
        var restarts = 0
        var longestCatchUp = Duration.zero
        var faults: [String: Int] = [:]

        /// One line.
        package var description: String {
            let kinds = faults.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            return """
                \(name): \(rows) rows, \(events) events, \(deliveries) numbered deliveries, \
                \(faults.values.reduce(0, +)) faults (\(kinds)), \(restarts) restarts, quiet again after at most \
                \(longestCatchUp.components.seconds) s
                """
        }

        static func + (left: Report, right: Report) -> Report {
            var sum = left
            sum.rows += right.rows
            sum.events += right.events
            sum.deliveries += right.deliveries
            sum.restarts += right.restarts
            sum.longestCatchUp = max(left.longestCatchUp, right.longestCatchUp)
            sum.faults.merge(right.faults, uniquingKeysWith: +)
            return sum
        }
    }

    private let seed: UInt64
    private let roundLength: Duration

    /// A soak whose first round has this seed, and each further round the next.
    package init(seed: UInt64, roundLength: Duration) {
        self.seed = seed
        self.roundLength = roundLength
    }

    /// Rounds until the time is over, one at least for each of both modes.
    package func run(for time: Duration) async throws {
        let end = ContinuousClock.now + time
        var total = Report(name: "all rounds")
        var rounds: UInt64 = 0
        repeat {
            let report = try await round(seed &+ rounds)
            print("soak: \(report)")
            total = total + report
            rounds += 1
        } while ContinuousClock.now < end || rounds < 2
        print("soak: \(rounds) rounds from seed \(seed), \(total)")
    }

    /// One round; the seed decides about everything, the event log included.
    private func round(_ seed: UInt64) async throws -> Report {
        let log = Self.logs[Int(seed % UInt64(Self.logs.count))]
        var report = Report(name: "seed \(seed), \(log)")
        print("soak: \(report.name) begins; deploy/test --soak 1 --seed \(seed) plays it again")
        try await FaultWorld.with(log, processes: FaultWorld.eachRoleTwice) { world in
            try await world.subscribe()
            let load = FaultLoad(world, seed: seed)
            let injector = FaultInjector(world)
            let schedule = FaultSchedule(
                seed: seed,
                length: roundLength,
                processes: world.hubs.count,
                hasBroker: world.broker?.canBeAway ?? false
            )
            try await load.flowing(rows: 25, backlog: 60) { try await injector.run(schedule) }
            report.longestCatchUp = try await world.waitWhileMoving(standstill: .seconds(120))
            try await world.check(load.load, sent: load.sent)
            for crash in injector.crashes { Issue.record("\(crash)") }
            report.rows = load.rowCount
            report.events = try await RoutingAudit(world.pool).routedCount()
            report.deliveries = try await world.pool.count("SELECT count(*) FROM subscription_event")
            report.restarts = injector.restarts
            report.faults = injector.counts
        }
        return report
    }

    /// Both modes by turns; Kafka on both brokers there are.
    private static let logs: [FaultWorld.Log] =
        FaultBroker.tansuProgram == nil ? [.embedded, .kafka] : [.embedded, .kafka, .embedded, .tansu]
}
