import AsyncHTTPClient
import Foundation
import HeraldTestKit
import MESH
import Testing

/// TM-04: Herald's client and the NHS's own read each other, plain and gzip, in 1 and 3 chunks.
@Suite(.timeLimit(.minutes(5))) struct PeerTests {
    private static let combinations = [(false, 1), (false, 3), (true, 1), (true, 3)]

    private func check(_ sandbox: MESHSandbox, isCompressed: Bool, chunks: Int) async throws {
        // Six bits of every byte are noise: 1.2 MB compress to 0.9 MB.
        let text = sampleText(1_200_000, seed: 7)
        let chunkBytes = chunks == 1 ? 2_000_000 : (isCompressed ? 500_000 : 400_001)
        let own = sandbox.client(for: try sandbox.makeMailbox()) {
            $0.chunkBytes = chunkBytes
            $0.compressedFrom = isCompressed ? 0 : .max
        }
        let peer = MESHPeer(try sandbox.makeMailbox(), at: sandbox)

        let before = try await sandbox.requests(holding: "POST /messageexchange/\(own.mailbox)/outbox").count
        _ = try await own.send(message(to: peer.mailbox, text, localID: "L1"))
        let posts = try await sandbox.requests(holding: "POST /messageexchange/\(own.mailbox)/outbox").count - before
        #expect(posts == chunks)
        let received = try await peer.receive()
        #expect(received.map(\.sha256) == [sha256(text)])
        #expect(received.first?.sender == own.mailbox.text && received.first?.localID == "L1")
        #expect(received.first?.fileName == "a.csv" && received.first?.workflow == MESHSandbox.workflow)

        let path = ScratchFolder.make()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text).write(to: URL(fileURLWithPath: path))
        let id = try await peer.send(
            to: own.mailbox,
            file: path,
            name: "peer.csv",
            isCompressed: isCompressed,
            chunkBytes: chunkBytes
        )
        #expect(try await own.inbox().messages.map(\.text) == [id])
        let incoming = try await own.download(try #require(MessageID(id)))
        #expect((chunks == 1) == (incoming.headers.chunks == 1))
        #expect(incoming.headers.sender == peer.mailbox.text && incoming.headers.fileName == "peer.csv")
        #expect(try await own.content(of: incoming.headers.id) == text)
    }

    @Test("TM-04: over http", arguments: combinations) func overHTTP(isCompressed: Bool, chunks: Int) async throws {
        try await check(try await MESHSandbox.shared(), isCompressed: isCompressed, chunks: chunks)
    }

    @Test("TM-04: over mutual TLS; without a certificate, or with a stranger's, nobody talks") func overTLS()
        async throws
    {
        try await MESHSandbox.withOwn(isSecure: true) { sandbox in
            for (isCompressed, chunks) in [(true, 1), (false, 3)] {
                try await check(sandbox, isCompressed: isCompressed, chunks: chunks)
            }
            let mailbox = try sandbox.makeMailbox()
            let folder = URL(fileURLWithPath: try #require(sandbox.tls.authorities)).deletingLastPathComponent().path
            let others = [
                MESHTLSFiles(authorities: sandbox.tls.authorities),
                MESHTLSFiles(
                    certificate: folder + "/stranger.pem",
                    privateKey: folder + "/stranger.key",
                    authorities: sandbox.tls.authorities
                ),
                MESHTLSFiles(certificate: sandbox.tls.certificate, privateKey: sandbox.tls.privateKey),
            ]
            for tls in others {
                var configuration = sandbox.client(for: mailbox).configuration
                configuration.tls = tls
                let http = try configuration.makeHTTPClient()
                let client = MESHClient(configuration: configuration, http: http)
                await #expect(throws: MESHError.self) { try await client.handshake() }
                try await http.shutdown()
            }
        }
    }

    @Test func filesThatAreNoCertificatesAreNamed() async throws {
        var configuration = MESHConfiguration(
            url: "https://localhost",
            credentials: MailboxCredentials(mailbox: MailboxID("A")!, password: "", sharedKey: "")
        )
        configuration.tls.privateKey = "/nowhere/key.pem"
        #expect(throws: MESHError.unusableFile("/nowhere/key.pem")) { try configuration.makeHTTPClient() }
    }

    @Test("TM-13: 60 MB go in chunks of 19 MB and are received whole") func largeFile() async throws {
        let sandbox = try await MESHSandbox.shared()
        let block = sampleText(1_000_000, seed: 3)
        var text: [UInt8] = []
        for _ in 0..<60 { text += block }
        let sender = sandbox.client(for: try sandbox.makeMailbox()) { $0.compressedFrom = .max }
        let receiver = sandbox.client(for: try sandbox.makeMailbox())
        let id = try #require(try await sender.send(message(to: receiver.mailbox, text)).messageID)
        #expect(try await sandbox.requests(holding: "POST /messageexchange/\(sender.mailbox)/outbox").count == 4)
        #expect(try await receiver.download(id).headers.chunks == 4)
        #expect(try await receiver.content(of: id) == text)
    }
}
