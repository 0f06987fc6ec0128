import Foundation
package import MESH

/// The NHS's own mesh-client, from Python: the independent counterpart.
package struct MESHPeer: Sendable {
    private let sandbox: MESHSandbox
    package let mailbox: MailboxID

    /// The owner of a mailbox.
    package init(_ mailbox: MailboxID, at sandbox: MESHSandbox) {
        self.sandbox = sandbox
        self.mailbox = mailbox
    }

    /// A message as mesh-client saw it.
    package struct Message: Decodable, Sendable {
        package let sender: String
        package let workflow: String
        package let localID: String?
        package let fileName: String?
        package let subject: String?
        package let messageType: String
        /// Hexadecimal digits of the content's SHA-256.
        package let sha256: String
        package let bytes: Int
        /// The content, where it is short text.
        package let text: String?
    }

    /// Sends a file's content.
    ///
    /// - Parameters:
    ///   - recipient: The mailbox it goes to.
    ///   - path: The file.
    ///   - name: What the message calls it.
    ///   - workflow: The workflow's id.
    ///   - isCompressed: Whether the client compresses it on the way.
    ///   - chunkBytes: Bytes in a chunk at most.
    ///   - contentType: The content's media type.
    /// - Returns: The message's id.
    /// - Throws: What Python says when it fails.
    @discardableResult
    package func send(
        to recipient: MailboxID,
        file path: String,
        name: String,
        workflow: String = MESHSandbox.workflow,
        isCompressed: Bool = false,
        chunkBytes: Int = 75 << 20,
        contentType: String = "text/csv"
    ) async throws -> String {
        let output = try await run(
            "send",
            [
                "to": recipient.text, "path": path, "name": name, "workflow": workflow,
                "compress": isCompressed ? "1" : "", "chunk": "\(chunkBytes)", "type": contentType,
            ]
        )
        return output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Reads and acknowledges everything in the mailbox.
    package func receive() async throws -> [Message] {
        try JSONDecoder().decode([Message].self, from: Data(try await run("receive", [:]).utf8))
    }

    private func run(_ command: String, _ values: [String: String]) async throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try MESHSandbox.python())
        process.arguments = ["-c", Self.script, command]
        var environment = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONWARNINGS": "ignore", "URL": sandbox.url,
            "MAILBOX": mailbox.text, "PASSWORD": MESHSandbox.password(of: mailbox), "KEY": MESHSandbox.sharedKey,
        ]
        if let authorities = sandbox.tls.authorities {
            environment["CA"] = authorities
            environment["CERT"] = sandbox.tls.certificate
            environment["PRIVATE"] = sandbox.tls.privateKey
        }
        process.environment = environment.merging(values) { $1 }
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        // Reading blocks, so it has a thread of its own.
        let (text, complaint) = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let text = output.fileHandleForReading.readDataToEndOfFile()
                let complaint = errors.fileHandleForReading.readDataToEndOfFile()
                process.waitUntilExit()
                continuation.resume(returning: (text, complaint))
            }
        }
        guard process.terminationStatus == 0 else {
            throw MESHSandbox.Missing(reason: "mesh-client: \(String(decoding: complaint, as: UTF8.self))")
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static let script = """
        import hashlib, json, os, sys
        from mesh_client import MeshClient
        e = os.environ
        more = {"verify": e["CA"], "cert": (e["CERT"], e["PRIVATE"])} if "CA" in e else {}
        client = MeshClient(e["URL"], e["MAILBOX"], e["PASSWORD"], shared_key=e["KEY"].encode(),
            max_chunk_size=int(e.get("chunk", 1 << 26)), transparent_compress=bool(e.get("compress")), **more)
        with client:
            if sys.argv[1] == "send":
                with open(e["path"], "rb") as f:
                    print(client.send_message(e["to"], f.read(), workflow_id=e["workflow"], filename=e["name"],
                        content_type=e["type"], local_id="peer-" + e["name"]))
            else:
                found = []
                for m in client.iterate_all_messages():
                    body = m.read()
                    text = body.decode(errors="replace") if len(body) < 100000 else None
                    found.append({"sender": m.sender, "workflow": m.workflow_id, "localID": m.local_id,
                        "fileName": m.filename, "subject": m.subject, "messageType": m.message_type,
                        "sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body), "text": text})
                    m.acknowledge()
                print(json.dumps(found))
        """
}
