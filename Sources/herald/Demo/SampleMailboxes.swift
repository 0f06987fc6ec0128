import AsyncHTTPClient
import FHIR
import Foundation
import Logging
import MESH
import Messages

/// The receivers of the demonstration at their mailboxes: they take what comes, and practices answer it.
struct SampleMailboxes: Sendable {
    let ledger: LetterLedger
    /// Where files of the national feed are put.
    let feedFolder: String
    private let logger: Logger
    private let boxes: [(owner: DemoMESH.Owner, client: MESHClient)]

    /// Receivers whose mailboxes nobody has looked into yet.
    init(
        _ owners: [DemoMESH.Owner],
        of mesh: DemoMESH,
        http: HTTPClient,
        ledger: LetterLedger,
        feedFolder: String,
        logger: Logger
    ) throws {
        self.ledger = ledger
        self.feedFolder = feedFolder
        self.logger = logger
        boxes = try owners.map { ($0, MESHClient(configuration: try mesh.configuration(of: $0), http: http)) }
    }

    /// Empties the mailboxes again and again until cancelled.
    func run() async throws {
        while true {
            for (owner, client) in boxes {
                do {
                    try await empty(client, of: owner)
                } catch {
                    try Task.checkCancellation()
                    logger.warning("sample mailbox not emptied", error: error)
                }
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private func empty(_ client: MESHClient, of owner: DemoMESH.Owner) async throws {
        for id in try await client.inbox().messages {
            let message = try await client.download(id)
            var content: [UInt8] = []
            for try await piece in message.content { content += piece }
            let letter = LetterLedger.Letter(
                odsCode: owner.odsCode,
                workflow: message.headers.workflow,
                fileName: message.headers.fileName ?? "",
                partnerID: message.headers.partnerID,
                content: content
            )
            ledger.take(letter)
            if letter.workflow == DemoMESH.practiceWorkflow, let document = letter.document {
                try await answer(document, by: client, of: owner)
            }
            if letter.workflow == DemoMESH.feedWorkflow, !letter.fileName.contains("/") {
                try Data(content).write(to: URL(fileURLWithPath: "\(feedFolder)/\(letter.fileName)"), options: .atomic)
            }
            try await client.acknowledge(id)
        }
    }

    /// Says that a document has arrived, and that it was filed (gp-digital-medicine.md §9).
    private func answer(_ document: ReceivedDocument, by client: MESHClient, of owner: DemoMESH.Owner) async throws {
        let composer = AnswerComposer(sender: DocumentSender(odsCode: owner.odsCode, mailbox: owner.mailbox))
        for code in [ITKResponseCode.success, .patientKnown] {
            let answer = composer.answer(code, toMessage: document.messageID, nil, at: Date())
            _ = try await client.send(
                OutgoingMessage(
                    to: DemoMESH.hub.mailbox,
                    workflow: DemoMESH.practiceWorkflow + "_ACK",
                    localID: "\(code)-\(document.messageID)",
                    fileName: "\(code)-\(document.messageID).xml",
                    contentType: "application/fhir+xml",
                    body: .content(try STU3XMLWriter.document(of: answer))
                )
            )
        }
    }
}
