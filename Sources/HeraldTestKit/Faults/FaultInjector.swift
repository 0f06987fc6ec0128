import Kafka
import Postgres
import Synchronization

/// Carries a schedule out, and starts processes again that have ended, as a supervisor does.
package final class FaultInjector: Sendable {
    private struct State {
        var counts: [String: Int] = [:]
        var restarts = 0
        var crashes: [String] = []
        var isServerAway = false
    }

    private let world: FaultWorld
    private let state = Mutex(State())

    /// An injector that has done nothing yet.
    package init(_ world: FaultWorld) { self.world = world }

    /// How often each kind of fault was done.
    package var counts: [String: Int] { state.withLock(\.counts) }

    /// Processes started again, whatever had ended them.
    package var restarts: Int { state.withLock(\.restarts) }

    /// Processes that ended by a trap or a bad memory access, which nothing excuses.
    package var crashes: [String] { state.withLock(\.crashes) }

    /// Does what the schedule says, and mends everything at its end.
    package func run(_ schedule: FaultSchedule) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.supervise() }
            try await withThrowingTaskGroup(of: Void.self) { faults in
                for step in schedule.steps {
                    try await Task.sleep(for: step.pause)
                    faults.addTask { try await self.inject(step.fault) }
                }
                try await faults.waitForAll()
            }
            group.cancelAll()
            try? await group.waitForAll()
        }
        try await mend()
    }

    private func inject(_ fault: FaultSchedule.Fault) async throws {
        state.withLock { $0.counts[fault.kind, default: 0] += 1 }
        switch fault {
        case .processKilled(let index): await world.hubs[index].process.kill()
        case .processStopped(let index): await world.hubs[index].process.stop()
        case .processPaused(let index, let time):
            world.hubs[index].process.pause()
            try await Task.sleep(for: time)
            world.hubs[index].process.resume()
        case .databaseReset(let index): world.hubs[index].database.reset()
        case .databaseCut(let index, let count): world.hubs[index].database.cut(afterBytes: count)
        case .databaseStalled(let index, let time):
            world.hubs[index].database.stall()
            try await Task.sleep(for: time)
            world.hubs[index].database.heal()
        case .serverCrashed(let time): try await stopServer(.immediate, for: time)
        case .serverKilled(let time): try await stopServer(.kill, for: time)
        case .brokerAway(let time):
            world.broker?.goAway()
            try await Task.sleep(for: time)
            world.broker?.comeBack()
        case .brokerReset: world.broker?.proxies.forEach { $0.reset() }
        case .brokerStalled(let time):
            world.broker?.proxies.forEach { $0.stall() }
            try await Task.sleep(for: time)
            world.broker?.comeBack()
        case .brokerErrors(let seed): try pushErrors(seed)
        case .endpointAway(let time):
            await world.sink.kill()
            try await Task.sleep(for: time)
            try await world.sink.start()
        case .endpointPaused(let time):
            world.sink.pause()
            try await Task.sleep(for: time)
            world.sink.resume()
        }
    }

    private func stopServer(_ how: PrivateCluster.Stop, for time: Duration) async throws {
        let isFirst = state.withLock { state in
            defer { state.isServerAway = true }
            return !state.isServerAway
        }
        guard isFirst else { return }
        await world.server.stop(how)
        try await Task.sleep(for: time)
        try await world.server.start()
        state.withLock { $0.isServerAway = false }
    }

    private func pushErrors(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let request = random.pick([KafkaRequest.produce, .fetch, .metadata, .heartbeat, .joinGroup, .offsetCommit])
        let codes: [KafkaErrorCode] = [.notLeaderForPartition, .requestTimedOut, .transport, .leaderNotAvailable]
        try world.broker?.pushErrors(request, (0..<random.number(in: 1...5)).map { _ in random.pick(codes) })
    }

    private func supervise() async throws {
        while true {
            for hub in world.hubs where !hub.process.isRunning { try await restart(hub.process) }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    private func restart(_ process: FaultProcess) async throws {
        // 128 + SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGSEGV.
        if let status = await process.exitStatus, [132, 133, 134, 135, 139].contains(status) {
            let end = process.logText.suffix(2000)
            state.withLock { $0.crashes.append("\(process.name) ended with status \(status): \(end)") }
        }
        try await process.launch()
        state.withLock { $0.restarts += 1 }
    }

    private func mend() async throws {
        for hub in world.hubs {
            hub.process.resume()
            hub.database.heal()
        }
        world.broker?.comeBack()
        world.sink.resume()
        if !world.sink.isRunning { try await world.sink.start() }
        if await !world.server.isRunning { try await world.server.start() }
        for hub in world.hubs where !hub.process.isRunning { try await restart(hub.process) }
        for hub in world.hubs { try await hub.process.start() }
    }
}
