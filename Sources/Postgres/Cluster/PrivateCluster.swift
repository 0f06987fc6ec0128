import Foundation

/// A PostgreSQL server of one's own in a folder, reached through a Unix socket only.
///
/// The folder holds `data`, `socket` and `server.log`, and is used again where it exists. The server is stopped with
/// ``stop(_:)``; if our process dies before, even by `kill -9`, Linux has the server shut down (given `setpriv`).
package actor PrivateCluster {
    /// How to end the server.
    package enum Stop: Sendable {
        /// Ends all sessions, writes everything out and stops.
        case fast
        /// Stops at once; the next start recovers from the log, as after a power cut.
        case immediate
        /// `kill -9` of the server's first process, the way a crash test wants it.
        case kill
    }

    private nonisolated let directory: String
    private let durable: Bool
    private let settings: [String: String]
    private var server: ServerProcess?
    private var isStarting = false
    private var shortSocketFolder: String?

    /// A cluster in `directory`; nothing is made or started yet.
    ///
    /// - Parameters:
    ///   - directory: where it lives; made where it is not there.
    ///   - durable: `false` turns off `fsync` and all that protects data from a crash of the machine: for tests only.
    ///   - settings: server settings by name, such as `["max_connections": "200"]`.
    package init(directory: String, durable: Bool, settings: [String: String] = [:]) {
        self.directory = URL(fileURLWithPath: directory).standardizedFileURL.path
        self.durable = durable
        self.settings = settings
    }

    private nonisolated var dataFolder: String { directory + "/data" }
    private nonisolated var logFile: String { directory + "/server.log" }

    /// Whether the server's process runs.
    package var isRunning: Bool { server.map { !$0.hasEnded } ?? false }

    /// Makes the cluster where there is none, and starts the server.
    ///
    /// - Returns: the superuser's URL of the database `postgres`.
    /// - Throws: ``PostgresError/cluster(_:)`` with what to do, or the end of the server's log.
    @discardableResult
    package func start() async throws -> String {
        guard !isRunning, !isStarting else { throw PostgresError.misuse("the private server runs already") }
        isStarting = true
        defer { isStarting = false }
        forgetServer()
        do {
            return try await makeAndLaunch()
        } catch {
            forgetServer()
            throw error
        }
    }

    private func makeAndLaunch() async throws -> String {
        let version = try? String(contentsOfFile: dataFolder + "/PG_VERSION", encoding: .utf8)
        let binaries = try ServerBinaries.find(version: version?.trimmingCharacters(in: .whitespacesAndNewlines))
        let account = try ServerAccount.choose(dataFolder: dataFolder)
        // A folder that was there before may hold other things, and stays its owner's.
        if !FileManager.default.fileExists(atPath: directory) { try account.makeFolder(directory) }
        try account.checkWay(to: dataFolder)
        if version == nil {
            try await initialise(binaries, as: account)
        }
        try await waitForPredecessor()
        let socketFolder = try makeSocketFolder(for: account)
        let process = try await launch(binaries, as: account, socketFolder: socketFolder)
        server = process
        let host = socketFolder.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? socketFolder
        return "postgresql:///postgres?host=\(host)&port=\(Self.port)&user=postgres"
    }

    /// Stops the server and waits until it is gone; does nothing where none runs.
    package func stop(_ how: Stop = .fast) async {
        guard let server else { return }
        switch how {
        case .fast: server.signal(SIGINT)
        case .immediate: server.signal(SIGQUIT)
        case .kill: server.signal(SIGKILL)
        }
        _ = await server.exitStatus()
        forgetServer()
    }

    /// Stops the server at once and blocks until it is gone, some seconds at most.
    ///
    /// For `atexit`, where no task runs any more; the handle is taken while the cluster runs.
    package func makeExitHandler() -> @Sendable () -> Void {
        let server = server
        let folder = shortSocketFolder
        return {
            server?.signal(SIGQUIT)
            server?.waitForEnd(timeout: .seconds(10))
            if let folder { try? FileManager.default.removeItem(atPath: folder) }
        }
    }

    private func forgetServer() {
        server = nil
        if let shortSocketFolder { try? FileManager.default.removeItem(atPath: shortSocketFolder) }
        shortSocketFolder = nil
    }
}

extension PrivateCluster {
    /// Only a part of the socket's name: the server listens to no port.
    private static let port = 5432

    private func initialise(_ binaries: ServerBinaries, as account: ServerAccount) async throws {
        // Made under another name first: a folder that an interrupted initdb left half done is never taken for a cluster.
        let unfinished = directory + "/data.unfinished"
        try? FileManager.default.removeItem(atPath: unfinished)
        try account.makeFolder(unfinished)
        var command = [
            binaries.initdb, "--pgdata", unfinished, "--auth", "trust", "--username", "postgres",
            "--locale=C", "--encoding=UTF8", "--no-instructions",
        ]
        if !durable { command.append("--no-sync") }
        let log = directory + "/initdb.log"
        let process = try await ServerProcess.start(try account.commandLine(for: command), log: log)
        let status = await process.exitStatus()
        guard status == 0, rename(unfinished, dataFolder) == 0 else {
            throw PostgresError.cluster("initdb ended with status \(status): \(Self.end(of: log))")
        }
    }

    private func launch(
        _ binaries: ServerBinaries,
        as account: ServerAccount,
        socketFolder: String
    ) async throws -> ServerProcess {
        var all = settings
        all["listen_addresses"] = ""
        all["unix_socket_directories"] = "\"\(socketFolder)\""
        all["port"] = "\(Self.port)"
        if !durable {
            all.merge(["fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"]) { own, _ in own }
        }
        let assignments = all.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
        let command = try account.commandLine(for: [binaries.postgres, "-D", dataFolder] + assignments)
        // After a `kill -9` the last sessions take a moment to notice, and hold the shared memory until they do.
        var attempts = 20
        while true {
            let process = try await ServerProcess.start(command, log: logFile)
            do {
                try await waitUntilReady(process)
                return process
            } catch let error as PostgresError {
                attempts -= 1
                guard attempts > 0, Self.end(of: logFile).contains("shared memory block") else { throw error }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// The server says so in its file; recovery may take its time, so only its end or a cancelled task ends the wait.
    private func waitUntilReady(_ process: ServerProcess) async throws {
        while true {
            guard let processID = process.processID else {
                throw PostgresError.cluster("the server did not start: \(Self.end(of: logFile))")
            }
            let file = PostmasterFile(dataFolder: dataFolder)
            if file?.processID == processID, file?.status == "ready" { return }
            do {
                try await Task.sleep(for: .milliseconds(10))
            } catch {
                process.signal(SIGQUIT)
                _ = await process.exitStatus()
                throw PostgresError.cancelled
            }
        }
    }

    /// A server that our predecessor's death has just told to stop may still be at it.
    private func waitForPredecessor() async throws {
        var attempts = 0
        while let file = PostmasterFile(dataFolder: dataFolder), file.isAlive(dataFolder: dataFolder) {
            attempts += 1
            guard attempts < (file.status == "stopping" ? 300 : 20) else {
                throw PostgresError.cluster(
                    "a server (process \(file.processID)) already runs on \(dataFolder); stop it first"
                )
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// A socket's path has room for 107 bytes (`sun_path`); where ours would be longer it goes to a short folder.
    private func makeSocketFolder(for account: ServerAccount) throws -> String {
        let ordinary = directory + "/socket"
        if ordinary.utf8.count + "/.s.PGSQL.5432.lock".utf8.count <= 90 {
            try account.makeFolder(ordinary)
            return ordinary
        }
        var template = Array("/tmp/herald-pg-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw PostgresError.cluster(
                "cannot make a folder for the socket in /tmp: \(String(cString: strerror(errno)))"
            )
        }
        let folder = String(cString: made)
        shortSocketFolder = folder
        try account.makeFolder(folder)
        return folder
    }

    private static func end(of log: String) -> String {
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(5).joined(separator: " | ")
    }
}
