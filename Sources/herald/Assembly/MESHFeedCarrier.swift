import Deliveries
import Foundation
import MESH

/// Sends files of runs by MESH (`nis-feed.md` §5).
struct MESHFeedCarrier: FeedCarrier {
    let client: MESHClient
    let workflow: String

    func carry(
        _ message: FeedMessage,
        file path: String,
        to mailbox: String
    ) async throws(FeedCarrierError) -> FeedReceipt {
        // Compressed on disk first: a file may have 128 MiB.
        let spool = path + ".gz"
        defer { try? FileManager.default.removeItem(atPath: spool) }
        do {
            let letter = try letter(message, to: mailbox, path, spool)
            let receipt = try await message.attempts == 0 ? client.send(letter) : client.sendAgain(letter)
            return FeedReceipt(messageID: receipt.messageID?.text, duplicates: receipt.duplicates)
        } catch {
            throw FeedCarrierError(error)
        }
    }

    private func letter(
        _ message: FeedMessage,
        to mailbox: String,
        _ path: String,
        _ spool: String
    ) throws(MESHError) -> OutgoingMessage {
        var letter = OutgoingMessage(
            to: mailbox,
            workflow: workflow,
            localID: message.localID,
            fileName: message.name,
            contentType: message.isManifest ? "application/json" : "text/csv",
            body: .parts(
                message.isManifest ? try .plain(path) : try .compressing(path, into: spool, client.configuration)
            )
        )
        letter.subject = message.name
        letter.checksum = "SHA256:\(message.sha256)"
        return letter
    }
}

extension FeedCarrierError {
    /// What a failed call means for a feed (`mesh.md` §8).
    fileprivate init(_ error: MESHError) {
        let kind: Kind =
            switch error.kind {
            case .transient, .serverFault, .restart, .complete, .notYet: .away
            // A mailbox that is not there yet is one that is set up wrongly.
            case .configuration, .address: .stopped
            case .gone, .defect: .refused
            case .cancelled: .cancelled
            }
        var pause: Duration?
        if case .refused(let refusal) = error { pause = refusal.retryAfter }
        self.init(kind, error.description, retryAfter: pause)
    }
}
