import Crypto
import Foundation
import HeraldTestKit
import MESH

/// Text like a feed's, of any size.
func sampleText(_ bytes: Int, seed: UInt64 = 1) -> [UInt8] {
    var random = SplitMix(seed: seed)
    var text: [UInt8] = []
    text.reserveCapacity(bytes + 8)
    while text.count < bytes {
        withUnsafeBytes(of: random.next()) { text += $0.map { 48 + $0 % 64 } }
    }
    return Array(text.prefix(bytes))
}

/// Hexadecimal digits of the SHA-256.
func sha256(_ bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
}

/// A message to a mailbox.
func message(to mailbox: MailboxID, _ content: [UInt8], localID: String = UUID().uuidString) -> OutgoingMessage {
    OutgoingMessage(
        to: mailbox.text,
        workflow: MESHSandbox.workflow,
        localID: localID,
        fileName: "a.csv",
        contentType: "text/csv",
        body: .content(content)
    )
}

extension MESHClient {
    /// All of a message's content.
    func content(of id: MessageID) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in try await download(id).content { bytes += piece }
        return bytes
    }
}

extension MESHConfiguration {
    /// Plain, and in chunks of so many bytes.
    mutating func cut(at bytes: Int) {
        chunkBytes = bytes
        compressedFrom = .max
    }
}
