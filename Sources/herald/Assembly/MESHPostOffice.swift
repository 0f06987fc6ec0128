import Deliveries
import Foundation
import MESH

/// MESH as couriers see it.
struct MESHPostOffice: PostOffice {
    let client: MESHClient

    var origin: String {
        let url = URL(string: client.configuration.url)
        let port = url?.port.map { ":\($0)" } ?? ""
        return "\(url?.scheme ?? "https")://\(url?.host() ?? "")\(port)"
    }

    func post(_ letter: Letter, isRepeat: Bool) async throws(PostError) -> PostReceipt {
        var message = OutgoingMessage(
            to: letter.recipient,
            workflow: letter.workflow,
            localID: letter.localID,
            fileName: letter.fileName,
            contentType: letter.contentType,
            body: .content(letter.body)
        )
        message.subject = letter.subject
        message.partnerID = letter.partnerID
        do {
            let receipt = try await isRepeat ? client.sendAgain(message) : client.send(message)
            return PostReceipt(messageID: receipt.messageID?.text, duplicates: receipt.duplicates)
        } catch {
            throw PostError(error)
        }
    }

    func mailboxes(of odsCode: String, for workflow: String) async throws(PostError) -> [String] {
        do {
            return try await client.mailboxes(of: odsCode, for: workflow).map(\.id.text)
        } catch {
            throw PostError(error)
        }
    }
}

extension PostError {
    /// What a failed call means for a letter (`mesh.md` §8).
    init(_ error: MESHError) {
        var (status, pause) = (Int?.none, Duration?.none)
        if case .refused(let refusal) = error { (status, pause) = (refusal.status, refusal.retryAfter) }
        let kind: Kind =
            switch error.kind {
            // An upload that has to start again does so as a new message, on the next attempt.
            case .transient, .restart, .complete, .notYet: .away(httpStatus: status)
            case .serverFault: .fault
            case .configuration: .stopped
            case .address: .unknownRecipient
            case .defect, .gone: .refused(httpStatus: status)
            case .cancelled: .cancelled
            }
        self.init(kind, error.description, retryAfter: pause)
    }
}
