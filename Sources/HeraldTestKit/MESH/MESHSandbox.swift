package import AsyncHTTPClient
import Foundation
package import MESH
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

/// NHS Digital's mesh-sandbox as a child process: a real MESH server on a free port of the loopback address.
///
/// It runs from the Python environment `.build/mesh-sandbox`, which `deploy/test` makes, or the one that
/// `HERALD_MESH_SANDBOX` names. Where there is none the test is cancelled, or fails if `HERALD_REQUIRE_SERVICES` is `1`.
package final class MESHSandbox: Sendable {
    /// The key of this environment.
    package static let sharedKey = "TestKey"
    /// A workflow that every mailbox takes.
    package static let workflow = "VACCINATION_FEED"
    private static let mailboxes = 400

    package let url: String
    /// Paths of the certificates, where it speaks TLS.
    package let tls: MESHTLSFiles
    package let http: HTTPClient
    private let folder: String
    private let port: Int
    private let environment: [String: String]
    private let process = Mutex<Child?>(nil)
    private let handedOut = Atomic(0)

    private struct Child: Sendable {
        let process: Process
        /// Its end ends the server.
        let input: Pipe
    }

    private static let starting = Mutex<Task<MESHSandbox, any Error>?>(nil)

    private init(port: Int, folder: String, environment: [String: String], tls: MESHTLSFiles) throws {
        self.port = port
        self.folder = folder
        self.environment = environment
        self.tls = tls
        let isSecure = tls.authorities != nil
        url = "\(isSecure ? "https" : "http")://\(isSecure ? "localhost" : "127.0.0.1"):\(port)"
        http = try Self.configuration(url: url, mailbox: Self.mailbox(0), tls: tls).makeHTTPClient()
    }

    /// The test process's own server, started by whoever needs it first; it keeps messages in memory.
    package static func shared() async throws -> MESHSandbox {
        let task = starting.withLock { starting in
            let task = starting ?? Task { try await start() }
            starting = task
            return task
        }
        do {
            return try await task.value
        } catch let error as Missing where ProcessInfo.processInfo.environment["HERALD_REQUIRE_SERVICES"] != "1" {
            try Test.cancel("needs mesh-sandbox: \(error)")
        }
    }

    /// A server of one's own, to be stopped and started again.
    ///
    /// - Parameters:
    ///   - isDurable: Whether it keeps messages in files, over a restart.
    ///   - isSecure: Whether it speaks TLS and wants a client's certificate.
    ///   - body: What to do with it.
    /// - Returns: What `body` returned.
    /// - Throws: What `body` throws, or why it did not start.
    package static func withOwn<Value>(
        isDurable: Bool = true,
        isSecure: Bool = false,
        _ body: (MESHSandbox) async throws -> Value
    ) async throws -> Value {
        _ = try await shared()
        let sandbox = try await start(isDurable: isDurable, isSecure: isSecure)
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await body(sandbox)) } catch { outcome = .failure(error) }
        await sandbox.stop()
        try? await sandbox.http.shutdown()
        try? FileManager.default.removeItem(atPath: sandbox.folder)
        return try outcome.get()
    }

    /// Ends the server at once, like a crash.
    package func stop() async {
        guard let child = process.withLock({ $0.take() }) else { return }
        kill(child.process.processIdentifier, SIGKILL)
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                child.process.waitUntilExit()
                continuation.resume()
            }
        }
    }

    /// Starts it on its port again and waits until it answers.
    package func launch() async throws {
        let child = Process()
        child.executableURL = URL(fileURLWithPath: try Self.python())
        child.arguments = [Self.root + "/deploy/mesh-sandbox/run.py"]
        child.environment = environment
        child.currentDirectoryURL = URL(fileURLWithPath: folder)
        let input = Pipe()
        child.standardInput = input
        let log = folder + "/log"
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        child.standardOutput = FileHandle(forWritingAtPath: log)
        child.standardError = FileHandle(forWritingAtPath: log)
        try child.run()
        process.withLock { $0 = Child(process: child, input: input) }
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let answer = try? await http.execute(
                HTTPClientRequest(url: url + "/messageexchange/_ping"),
                timeout: .seconds(2)
            )
            if answer?.status == .ok { return }
            guard child.isRunning, ContinuousClock.now < deadline else {
                throw Missing(reason: "it did not start: \((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// A mailbox that no other test uses.
    package func makeMailbox() throws -> MailboxID {
        let number = handedOut.wrappingAdd(1, ordering: .relaxed).oldValue
        guard number < Self.mailboxes else { throw Missing(reason: "there are no more mailboxes; raise the number") }
        return try Self.mailbox(number)
    }

    /// The ODS code that a mailbox belongs to.
    package static func odsCode(of mailbox: MailboxID) -> String { "O" + mailbox.text.dropFirst(2) }

    /// The password of a mailbox.
    package static func password(of mailbox: MailboxID) -> String { "pw-" + mailbox.text }

    /// A client for a mailbox, with short limits.
    package func client(
        for mailbox: MailboxID,
        password: String? = nil,
        key: String = sharedKey,
        _ change: (inout MESHConfiguration) -> Void = { _ in }
    ) -> MESHClient {
        var configuration = Self.configuration(url: url, mailbox: mailbox, tls: tls, password: password, key: key)
        change(&configuration)
        return MESHClient(configuration: configuration, http: http)
    }

    /// Makes the next requests for a path fail (`deploy/mesh-sandbox/run.py`).
    package func fail(_ fault: [String: any Sendable]) async throws {
        try await post("/faults", fault)
    }

    /// Calls one of the server's administrative paths (`mesh.md` §12).
    package func administer(_ path: String, _ body: [String: String]) async throws {
        try await post("/messageexchange/admin/" + path, body)
    }

    /// The requests it got that hold a text, as `METHOD path`.
    package func requests(holding text: String) async throws -> [String] {
        let response = try await http.execute(HTTPClientRequest(url: url + "/requests"), timeout: .seconds(10))
        let body = try await response.body.collect(upTo: 16 << 20)
        return try JSONDecoder().decode([String].self, from: Data(body.readableBytesView)).filter { $0.contains(text) }
    }

    private func post(_ path: String, _ body: [String: any Sendable]) async throws {
        var request = HTTPClientRequest(url: url + path)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: try JSONSerialization.data(withJSONObject: body)))
        let response = try await http.execute(request, timeout: .seconds(10))
        guard response.status == .ok else { throw Missing(reason: "\(path) answered \(response.status)") }
        _ = try await response.body.collect(upTo: 1 << 20)
    }

    private static func mailbox(_ number: Int) throws -> MailboxID {
        guard let id = MailboxID("HB\(1000 + number)") else { throw Missing(reason: "not a mailbox") }
        return id
    }

    private static func configuration(
        url: String,
        mailbox: MailboxID,
        tls: MESHTLSFiles,
        password: String? = nil,
        key: String = sharedKey
    ) -> MESHConfiguration {
        var configuration = MESHConfiguration(
            url: url,
            credentials: MailboxCredentials(
                mailbox: mailbox,
                password: password ?? Self.password(of: mailbox),
                sharedKey: key
            )
        )
        configuration.tls = tls
        return configuration
    }
}

extension MESHSandbox {
    /// There is no server, and why.
    package struct Missing: Error, CustomStringConvertible {
        let reason: String

        package var description: String { reason }
    }

    /// The folder of the repository.
    package static let root: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.path
    }()

    /// The Python that has mesh-sandbox and mesh-client.
    package static func python() throws -> String {
        let folder = ProcessInfo.processInfo.environment["HERALD_MESH_SANDBOX"] ?? root + "/.build/mesh-sandbox"
        let python = folder + "/bin/python"
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw Missing(reason: "there is no \(python); deploy/test makes the environment")
        }
        return python
    }

    private static func start(isDurable: Bool = false, isSecure: Bool = false) async throws -> MESHSandbox {
        _ = try python()
        let folder = ScratchFolder.make()
        let data = folder + "/conf/data"
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: folder + "/store", withIntermediateDirectories: true)
        try write(mailboxes: data)
        var environment = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONWARNINGS": "ignore", "MESH_CONF_DIR": folder + "/conf",
            "MESH_FAULTS": "1", "MESH_WATCH_STDIN": "1", "AUTH_MODE": "full", "SHARED_KEY": sharedKey,
            "STORE_MODE": isDurable ? "file" : "memory", "MAILBOXES_DATA_DIR": folder + "/store",
        ]
        var tls = MESHTLSFiles()
        if isSecure {
            try TestCertificates.make(in: folder)
            tls = MESHTLSFiles(
                certificate: folder + "/client.pem",
                privateKey: folder + "/client.key",
                authorities: folder + "/ca.pem"
            )
            environment["MESH_CERT"] = folder + "/server.pem"
            environment["MESH_KEY"] = folder + "/server.key"
            environment["MESH_CLIENT_CA"] = folder + "/ca.pem"
        }
        let port = try TestPort.free()
        environment["MESH_PORT"] = "\(port)"
        let sandbox = try MESHSandbox(port: port, folder: folder, environment: environment, tls: tls)
        // Registered first: a server that does not come up in time is to go as well.
        AtExit.perform {
            sandbox.process.withLock { child in
                if let child { kill(child.process.processIdentifier, SIGKILL) }
            }
            try? FileManager.default.removeItem(atPath: folder)
        }
        try await sandbox.launch()
        return sandbox
    }

    private static func write(mailboxes folder: String) throws {
        let all = try (0..<Self.mailboxes).map { try mailbox($0) }
        let lines = all.map { id in
            #"{"mailbox_id":"\#(id)","mailbox_name":"Test \#(id)","billing_entity":"England","ods_code":"\#(odsCode(of: id))","#
                + #""org_code":"\#(odsCode(of: id))","org_name":"Test","password":"\#(password(of: id))"}"#
        }
        try lines.joined(separator: "\n").write(toFile: folder + "/mailboxes.jsonl", atomically: true, encoding: .utf8)
        let ids = all.map { "\"\($0)\"" }.joined(separator: ",")
        let workflows = [Self.workflow, Self.workflow + "_ACK"].map {
            #"{"workflow_id":"\#($0)","senders":[\#(ids)],"receivers":[\#(ids)]}"#
        }
        try workflows.joined(separator: "\n")
            .write(toFile: folder + "/workflows.jsonl", atomically: true, encoding: .utf8)
    }
}
