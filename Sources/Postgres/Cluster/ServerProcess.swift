package import Foundation
import Synchronization

/// A child process, started and awaited by one thread that lives exactly as long.
///
/// The kernel ties "parent death" to the thread that forked, not to the process: a child started from a pooled thread
/// would be shut down as soon as that thread has been idle for some seconds.
package final class ServerProcess: Sendable {
    private struct State {
        /// 0 before the start and after the end, so that no signal hits a stranger who got the number later.
        var processID: pid_t = 0
        var hasEnded = false
        var exitStatus: Int32 = 0
        var waiting: [CheckedContinuation<Int32, Never>] = []
    }

    private let state = Mutex(State())
    private let ended = DispatchSemaphore(value: 0)

    /// The process's number while it runs.
    package var processID: pid_t? { state.withLock { $0.processID > 0 ? $0.processID : nil } }

    /// Whether the process has ended, and its end has been seen.
    package var hasEnded: Bool { state.withLock(\.hasEnded) }

    private init() {}

    /// Nothing of our environment goes to a server: PGPORT, PGDATA and their like would change it.
    package static let plainEnvironment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"]

    /// Starts `command` with both outputs appended to the file `log`.
    ///
    /// - Parameters:
    ///   - command: The program's path, and its arguments.
    ///   - environment: All of its environment.
    ///   - log: The file, made where it is not there.
    /// - Returns: The running process.
    /// - Throws: ``PostgresError/cluster(_:)`` when it cannot be started.
    package static func start(
        _ command: [String],
        environment: [String: String] = plainEnvironment,
        log: String
    ) async throws(PostgresError) -> ServerProcess {
        let process = ServerProcess()
        let failure: Int32 = await withCheckedContinuation { started in
            Thread.detachNewThread {
                let (processID, failure) = spawn(command, environment, log: log)
                process.state.withLock { $0.processID = processID }
                started.resume(returning: failure)
                if failure == 0 { process.awaitEnd(of: processID) }
            }
        }
        guard failure == 0 else {
            throw .cluster("cannot start \(command.first ?? ""): \(String(cString: strerror(failure)))")
        }
        return process
    }

    /// Sends a signal, if the process still runs.
    package func signal(_ signal: Int32) {
        state.withLock { state in
            if state.processID > 0 { _ = kill(state.processID, signal) }
        }
    }

    /// Waits for the end; 0 is success, 128 + n an end by signal n.
    package func exitStatus() async -> Int32 {
        await withCheckedContinuation { continuation in
            let status: Int32? = state.withLock { state in
                guard !state.hasEnded else { return state.exitStatus }
                state.waiting.append(continuation)
                return nil
            }
            if let status { continuation.resume(returning: status) }
        }
    }

    /// Blocks until the end, `timeout` at most: for `atexit`, where nothing asynchronous runs any more.
    func waitForEnd(timeout: DispatchTimeInterval) {
        guard !hasEnded else { return }
        _ = ended.wait(timeout: .now() + timeout)
    }

    private func awaitEnd(of processID: pid_t) {
        // First wait without reaping: until the number is forgotten below, it must not go to another process.
        var info = siginfo_t()
        while waitid(P_PID, id_t(processID), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        let (waiting, status) = state.withLock { state in
            var raw: Int32 = 0
            waitpid(processID, &raw, 0)
            let signal = raw & 0x7F
            state.processID = 0
            state.hasEnded = true
            state.exitStatus = signal == 0 ? (raw >> 8) & 0xFF : 128 + signal
            defer { state.waiting = [] }
            return (state.waiting, state.exitStatus)
        }
        ended.signal()
        for continuation in waiting {
            continuation.resume(returning: status)
        }
    }

    /// Marks every file that is open now as not for children.
    ///
    /// A socket that a child holds too stays open when we close it, and its other end waits for ever. Not every library says
    /// `O_CLOEXEC`.
    private static func keepFilesToOurselves() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            if let file = Int32(name), file > 2 { _ = fcntl(file, F_SETFD, FD_CLOEXEC) }
        }
    }

    private static func spawn(
        _ command: [String],
        _ environment: [String: String],
        log: String
    ) -> (pid_t, Int32) {
        keepFilesToOurselves()
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&files, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&files, 1, 2)

        // A process group of its own: Ctrl-C at the terminal is ours to handle, and the server is stopped last. Signals
        // that our process blocks or ignores are not to be so in the child.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
        )

        let variables = environment.map { "\($0.key)=\($0.value)" }
        var processID: pid_t = 0
        let failure = withCStrings(command) { arguments in
            withCStrings(variables) { environment in
                posix_spawn(
                    &processID,
                    command[0],
                    &files,
                    &attributes,
                    arguments.map { UnsafeMutablePointer(mutating: $0) },
                    environment.map { UnsafeMutablePointer(mutating: $0) }
                )
            }
        }
        return (failure == 0 ? processID : 0, failure)
    }
}
