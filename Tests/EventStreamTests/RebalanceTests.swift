import EventStream
import Events
import Foundation
import HeraldTestKit
import Kafka
import Postgres
import ServiceLifecycle
import Store
import Subscriptions
import Testing

/// Routers that join and leave under load, by either protocol of rebalancing (`delivery.md` §16).
@Suite(.herald, .serialized, .timeLimit(.minutes(5))) struct RebalanceTests {
    enum Broker: Sendable, CaseIterable { case inProcess, tansu, cluster }

    enum Strategy: String, Sendable, CaseIterable {
        case eager = "range"
        case cooperative = "cooperative-sticky"
    }

    @Test func routersJoinAndLeaveUnderLoad() async throws { try await check(.inProcess, .eager) }

    @Test(
        .enabled(if: FaultBroker.tansuProgram != nil, "there is no .build/tansu/tansu; deploy/test fetches it"),
        arguments: Strategy.allCases
    )
    func routersJoinAndLeaveUnderLoadOnTansu(_ strategy: Strategy) async throws { try await check(.tansu, strategy) }

    @Test(
        .enabled(if: KafkaRig.realServers != nil, "HERALD_KAFKA_BOOTSTRAP_SERVERS is not set"),
        arguments: Strategy.allCases
    )
    func routersJoinAndLeaveUnderLoadOnACluster(_ strategy: Strategy) async throws {
        try await check(.cluster, strategy)
    }

    private func check(_ broker: Broker, _ strategy: Strategy) async throws {
        let settings = ["partition.assignment.strategy": strategy.rawValue]
        try await ScratchDatabase.withStore { store, pool in
            try await store.create(.sample())
            try await store.create(.sample(.subscriber, filter: SubscriptionFilter(vaccineTypes: ["FLU"])))
            try await Self.withRig(broker, settings) { rig in
                try await comeAndGo(rig, store, pool)
            }
            let audit = RoutingAudit(pool)
            try await audit.check()
            #expect(try await pool.count("SELECT count(*) FROM event_dead") == 0)
        }
    }

    /// One router stays; others come, share its work and go again, now in an orderly way, now as if killed.
    private func comeAndGo(_ rig: KafkaRig, _ store: PostgresStore, _ pool: PostgresPool) async throws {
        let audit = RoutingAudit(pool)
        let load = ChangeWriter(pool)
        try await running([rig.relay(store), rig.router(store)]) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    var first = 0
                    while !Task.isCancelled {
                        try await load.write(records: first..<first + 40, changesEach: 2)
                        first = (first + 20) % 2000
                        try await Task.sleep(for: .milliseconds(100))
                    }
                }
                try await eventually(within: .seconds(60)) { try await audit.routedCount() > 0 }
                for round in 0..<3 {
                    try await ScratchDatabase.withStore(named: "guest") { guest, _ in
                        let probe = SliceProbe(guest)
                        let router = Router(log: rig.log(guest), store: probe, logger: .silent)
                        let sharesTheWork = {
                            try await eventually(within: .seconds(60), "work for the router that joined") {
                                probe.committedCount > 3
                            }
                        }
                        if round == 1 {
                            try await runningUntilCancelled(router) { try await sharesTheWork() }
                        } else {
                            try await running([router]) { try await sharesTheWork() }
                        }
                    }
                }
                group.cancelAll()
                while let ended = await group.nextResult() {
                    // The load ends in the middle of something, in whatever words.
                    if case .failure(let error) = ended, !(error is CancellationError), !(error is PostgresError) {
                        throw error
                    }
                }
            }
            try await audit.waitUntilRouted(within: .seconds(90))
        }
    }

    private static func withRig(
        _ broker: Broker,
        _ settings: [String: String],
        _ body: (KafkaRig) async throws -> Void
    ) async throws {
        switch broker {
        case .inProcess:
            let broker = try InProcessBroker()
            defer { broker.close() }
            try await body(KafkaRig(broker, settings: settings))
        case .tansu:
            let folder = ScratchFolder.make()
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let tansu = try await FaultBroker.tansu(folder: folder)
            let outcome: Result<Void, any Error>
            do {
                try await running(tansu.proxies) {
                    try await KafkaRig.with(realServers: tansu.bootstrapServers, settings: settings, body)
                }
                outcome = .success(())
            } catch { outcome = .failure(error) }
            await tansu.stop()
            try outcome.get()
        case .cluster:
            try await KafkaRig.with(realServers: KafkaRig.realServers ?? "", settings: settings, body)
        }
    }
}
