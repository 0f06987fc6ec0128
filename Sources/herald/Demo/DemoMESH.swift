import AsyncHTTPClient
import Foundation
import MESH
import NIOCore
import NIOHTTP1
import Postgres

/// NHS Digital's mesh-sandbox beside the demonstration: a MESH server with a mailbox of the hub's own and one of each receiver.
struct DemoMESH: Sendable {
    /// A mailbox and whose it is.
    struct Owner: Sendable {
        let mailbox: String
        let odsCode: String
        let name: String
    }

    /// The hub's own mailbox.
    static let hub = Owner(mailbox: "X26HERALD1", odsCode: "X26", name: "Herald")
    /// Where runs of the national feed go.
    static let national = Owner(mailbox: "NIS00001", odsCode: "NIS", name: "National Immunisation Service")

    /// A child health service.
    static let childHealth = Owner(mailbox: "99LCHIS1", odsCode: "99L", name: "Child health")

    private static let sharedKey = "DemoKey"
    private static let patience: Duration = .seconds(60)

    let url: String
    private let process: ServerProcess

    /// The mailbox of a practice.
    static func owner(_ practice: SamplePractice) -> Owner {
        Owner(mailbox: practice.code + "GP1", odsCode: practice.code, name: practice.name)
    }

    /// The Python that has mesh-sandbox, in the folder that `HERALD_MESH_SANDBOX` names; nil where there is none.
    static func python(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
        guard let folder = environment["HERALD_MESH_SANDBOX"], !folder.isEmpty else { return nil }
        let python = folder + "/bin/python"
        return FileManager.default.isExecutableFile(atPath: python) ? python : nil
    }

    /// Starts the server and waits until it answers.
    ///
    /// - Parameters:
    ///   - python: A Python that has mesh-sandbox.
    ///   - folder: Where its configuration and its log go.
    ///   - owners: Whose mailboxes it has.
    ///   - client: What it is asked with whether it is up.
    /// - Returns: The running server.
    /// - Throws: ``CommandFailure`` when it does not come up.
    static func start(python: String, folder: String, owners: [Owner], client: HTTPClient) async throws -> DemoMESH {
        let data = folder + "/conf/data"
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        try write(owners, to: data)
        try launcher.write(toFile: folder + "/run.py", atomically: true, encoding: .utf8)
        let port = try FreePort.find()
        var environment = ServerProcess.plainEnvironment
        environment["MESH_CONF_DIR"] = folder + "/conf"
        environment["MESH_PORT"] = "\(port)"
        environment["STORE_MODE"] = "memory"
        environment["AUTH_MODE"] = "full"
        environment["SHARED_KEY"] = sharedKey
        environment["PYTHONWARNINGS"] = "ignore"
        let log = folder + "/log"
        let process = try await ServerProcess.start([python, folder + "/run.py"], environment: environment, log: log)
        let mesh = DemoMESH(url: "http://127.0.0.1:\(port)", process: process)
        let deadline = ContinuousClock.now + patience
        while true {
            let request = HTTPClientRequest(url: mesh.url + "/messageexchange/_ping")
            if try await client.isAnswered(request) { return mesh }
            guard !process.hasEnded, ContinuousClock.now < deadline else {
                await mesh.stop()
                throw CommandFailure("mesh-sandbox did not start; \(log) says why")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Stops the server.
    func stop() async {
        process.signal(SIGTERM)
        _ = await process.exitStatus()
    }

    /// How the owner of a mailbox comes in.
    func configuration(of owner: Owner) throws -> MESHConfiguration {
        guard let mailbox = MailboxID(owner.mailbox) else { throw CommandFailure("\(owner.mailbox) is no mailbox") }
        let credentials = MailboxCredentials(
            mailbox: mailbox,
            password: Self.password(of: owner.mailbox),
            sharedKey: Self.sharedKey
        )
        return MESHConfiguration(url: url, credentials: credentials)
    }

    private static func password(of mailbox: String) -> String { "demo-" + mailbox }

    private static func write(_ owners: [Owner], to folder: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        func lines(_ values: [some Encodable], _ name: String) throws {
            let lines = try values.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
            try lines.joined(separator: "\n").write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }
        try lines(
            owners.map { owner in
                [
                    "mailbox_id": owner.mailbox, "mailbox_name": owner.name, "billing_entity": "England",
                    "ods_code": owner.odsCode, "org_code": owner.odsCode, "org_name": owner.name.uppercased(),
                    "password": password(of: owner.mailbox),
                ]
            },
            "mailboxes.jsonl"
        )
        let receivers = owners.map(\.mailbox).filter { $0 != hub.mailbox }
        try lines(
            workflows.flatMap { workflow in
                [
                    Workflow(id: workflow, senders: [hub.mailbox], receivers: receivers),
                    Workflow(id: workflow + "_ACK", senders: receivers, receivers: [hub.mailbox]),
                ]
            },
            "workflows.jsonl"
        )
    }

    /// What practices get documents by.
    static let practiceWorkflow = "DIGMED_FLU_VAC"
    /// What national events come by.
    static let eventWorkflow = "VACCINATIONS_1"
    /// What runs of the national feed come by.
    static let feedWorkflow = "NIS_VACC_FEED"
    private static let workflows = [practiceWorkflow, eventWorkflow, feedWorkflow]

    /// A line of the server's list of workflows, in its own names.
    private struct Workflow: Encodable {
        let id: String
        let senders: [String]
        let receivers: [String]

        private enum CodingKeys: String, CodingKey {
            case id = "workflow_id"
            case senders, receivers
        }
    }

    /// Starts the server with mailboxes of ours, which the package looks for in its own folder (mesh.md §12).
    ///
    /// It goes when we go.
    private static let launcher = """
        import ctypes, os, signal
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        import mesh_sandbox.store.canned_store as store
        store.__file__ = os.path.join(os.environ["MESH_CONF_DIR"], "canned_store.py")
        import uvicorn
        from mesh_sandbox.api import app
        uvicorn.run(app, host="127.0.0.1", port=int(os.environ["MESH_PORT"]), workers=1, log_level="error")
        """
}

extension HTTPClient {
    /// Whether somebody answers with success now.
    fileprivate func isAnswered(_ request: HTTPClientRequest) async throws -> Bool {
        do {
            return try await execute(request, timeout: .seconds(2)).status == .ok
        } catch let error as CancellationError {
            throw error
        } catch {
            return false
        }
    }
}
