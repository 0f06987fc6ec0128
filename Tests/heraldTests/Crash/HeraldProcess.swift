import Foundation
import Synchronization

/// A `herald` process of its own, as an operator runs it; killed when the test is over, however it ends.
final class HeraldProcess: Sendable {
    private let process: Mutex<Process>
    /// Where the process writes its log.
    let log: String

    /// Starts `herald` with arguments and settings.
    init(_ arguments: [String], environment: [String: String], log: String) throws {
        self.log = log
        let process = Process()
        process.executableURL = Self.executable
        process.arguments = arguments
        var inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("HERALD_") }
        // D-74: a proxy of the environment is taken by nothing; where it were, nothing would arrive.
        for name in ["http_proxy", "https_proxy", "all_proxy"] {
            inherited[name] = "http://127.0.0.1:9"
            inherited[name.uppercased()] = "http://127.0.0.1:9"
        }
        // A machine that tests run on may be as full as it likes.
        inherited["HERALD_FEED_DISK_PERCENT"] = "100"
        inherited.merge(environment) { $1 }
        process.environment = inherited
        if !FileManager.default.fileExists(atPath: log) {
            try Data().write(to: URL(fileURLWithPath: log))
        }
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        try output.seekToEnd()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        self.process = Mutex(process)
    }

    deinit { process.withLock { if $0.isRunning { kill($0.processIdentifier, SIGKILL) } } }

    /// The executable beside the test bundle.
    private static var executable: URL {
        var folder = Bundle.main.bundleURL
        while !FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent("herald").path),
            folder.path != "/"
        {
            folder.deleteLastPathComponent()
        }
        return folder.appendingPathComponent("herald")
    }

    /// `kill -9`: nothing is finished, nothing is given back.
    func killAtOnce() {
        process.withLock { process in
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }

    /// Asks it to stop and waits.
    ///
    /// - Returns: The exit status.
    func stop() -> Int32 {
        process.withLock { process in
            kill(process.processIdentifier, SIGTERM)
            process.waitUntilExit()
            return process.terminationStatus
        }
    }

    /// Waits until it has ended by itself.
    ///
    /// - Returns: The exit status.
    func wait() -> Int32 {
        process.withLock { process in
            process.waitUntilExit()
            return process.terminationStatus
        }
    }

    /// Waits until its log holds a text that was not there before.
    func waitFor(_ text: String, after offset: Int = 0, within limit: Duration = .seconds(60)) async throws {
        let deadline = ContinuousClock.now + limit
        while !logText.dropFirst(offset).contains(text) {
            guard ContinuousClock.now < deadline else { throw Timeout(waitingFor: text) }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    var logText: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    struct Timeout: Error, CustomStringConvertible {
        let waitingFor: String
        var description: String { "the log did not say \"\(waitingFor)\" in time" }
    }
}
