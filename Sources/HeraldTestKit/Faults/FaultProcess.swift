import Foundation
import Postgres
import Synchronization

/// A process of its own that can be killed, paused and started again; `herald serve` most of all.
///
/// It dies with the test process, however that ends.
package final class FaultProcess: Sendable {
    private struct State {
        var process: ServerProcess?
        var isPaused = false
        /// Where the log of the last start begins.
        var logStart: UInt64 = 0
    }

    /// What tests and reports call it.
    package let name: String
    /// Where it writes.
    package let log: String
    private let command: [String]
    private let environment: [String: String]
    private let ready: String
    private let state = Mutex(State())

    /// A process that is not started yet.
    ///
    /// - Parameters:
    ///   - name: What reports call it.
    ///   - command: The program and its arguments.
    ///   - environment: All of its environment.
    ///   - log: The file it writes to.
    ///   - ready: What its log says once it is at work.
    package init(
        _ name: String,
        command: [String],
        environment: [String: String],
        log: String,
        ready: String
    ) {
        self.name = name
        self.command = HeraldExecutable.dyingWithUs(command)
        self.environment = environment
        self.log = log
        self.ready = ready
    }

    /// Whether it runs, paused or not.
    package var isRunning: Bool { state.withLock { $0.process.map { !$0.hasEnded } ?? false } }

    /// Whether it has been told to stand still.
    package var isPaused: Bool { state.withLock(\.isPaused) }

    /// Starts it; does nothing where it runs.
    package func launch() async throws {
        guard !isRunning else { return }
        let start = (try? FileManager.default.attributesOfItem(atPath: log)[.size] as? NSNumber)?.uint64Value ?? 0
        let process = try await ServerProcess.start(command, environment: environment, log: log)
        state.withLock { $0 = State(process: process, logStart: start) }
    }

    /// Starts it and waits until it says that it is at work.
    package func start(within limit: Duration = .seconds(60)) async throws {
        try await launch()
        try await waitFor(ready, within: limit)
    }

    /// Waits until the log since the last start holds a text, or the process has ended.
    package func waitFor(_ text: String, within limit: Duration = .seconds(60)) async throws {
        let deadline = ContinuousClock.now + limit
        while !logText.contains(text) {
            guard isRunning else {
                let status = await exitStatus.map { "with \($0) " } ?? ""
                throw FaultError("\(name) ended \(status)before it said \"\(text)\": \(logText.suffix(600))")
            }
            guard ContinuousClock.now < deadline else {
                throw FaultError("\(name) did not say \"\(text)\" within \(limit): \(logText.suffix(600))")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// What it has written since its last start.
    package var logText: String {
        guard let file = FileHandle(forReadingAtPath: log) else { return "" }
        defer { try? file.close() }
        try? file.seek(toOffset: state.withLock(\.logStart))
        return String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
    }

    /// `kill -9`: nothing is finished, nothing is given back.
    package func kill() async {
        signal(SIGKILL)
        _ = await state.withLock(\.process)?.exitStatus()
        state.withLock { $0.isPaused = false }
    }

    /// `SIGSTOP`: it stands still wherever it is, as on a machine that is suspended.
    package func pause() {
        state.withLock { $0.isPaused = true }
        signal(SIGSTOP)
    }

    /// `SIGCONT`: it goes on and knows nothing of the time that has passed.
    package func resume() {
        signal(SIGCONT)
        state.withLock { $0.isPaused = false }
    }

    /// Asks it to stop, and waits.
    ///
    /// - Returns: Its exit status; 0 is an orderly end.
    @discardableResult
    package func stop() async -> Int32 {
        resume()
        signal(SIGTERM)
        return await state.withLock(\.process)?.exitStatus() ?? 0
    }

    /// How it ended, if it has: 128 + n by signal n.
    package var exitStatus: Int32? {
        get async {
            guard let process = state.withLock(\.process), process.hasEnded else { return nil }
            return await process.exitStatus()
        }
    }

    private func signal(_ signal: Int32) { state.withLock(\.process)?.signal(signal) }
}

/// The harness could not do what a test asked of it.
package struct FaultError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
