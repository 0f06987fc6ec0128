import FHIR
import Foundation
package import Logging
package import Messages
import Metrics
import ServiceLifecycle

/// Reads what practices answer to their documents, and answers what wants an answer (`gp-digital-medicine.md` §9).
package struct AnswerReader<Store: AnswerStore, Office: PostOffice>: Service {
    private let store: Store
    private let office: Office
    private let workflow: String
    private let sender: DocumentSender
    private let pause: Duration
    private let logger: Logger

    /// A reader; it looks for answers once a pause.
    ///
    /// - Parameters:
    ///   - store: Where answers and documents are on file.
    ///   - office: Where answers to answers are posted.
    ///   - workflow: What answers come by.
    ///   - sender: In whose name answers are answered.
    ///   - pause: From one look to the next, where there was nothing.
    ///   - logger: Gets ids and codes, never contents.
    package init(
        store: Store,
        office: Office,
        workflow: String,
        sender: DocumentSender,
        pause: Duration = .seconds(1),
        logger: Logger
    ) {
        self.store = store
        self.office = office
        self.workflow = workflow
        self.sender = sender
        self.pause = pause
        self.logger = logger
    }

    /// Runs until shutdown is asked for.
    package func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            var read = 0
            do {
                read = try await readSome()
            } catch {
                if !(error is CancellationError) { logger.warning("answers not read, trying later", error: error) }
            }
            if read == 0 { try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) } }
        }
    }

    /// Reads answers that wait.
    ///
    /// - Returns: How many were settled; one that cannot be now does not hold up those behind it.
    package func readSome() async throws -> Int {
        var settled = 0
        for letter in try await store.unsettled(workflows: [workflow], limit: 100) {
            do {
                try await read(letter)
                settled += 1
            } catch let error as CancellationError {
                throw error
            } catch {
                logger.warning("answer not settled, trying later", error: error, metadata: Self.metadata(letter))
            }
        }
        return settled
    }

    private func read(_ letter: IncomingLetter) async throws {
        var metadata = Self.metadata(letter)
        let answer: ITKAnswer
        do throws(ITKAnswerError) {
            answer = try ITKAnswer(reading: letter.body)
        } catch {
            logger.error("answer of a practice that is none", error: error, metadata: metadata)
            Self.count("unreadable")
            return try await store.settle(letter, as: "unreadable")
        }
        try await acknowledge(answer, letter)
        let outcome = try await store.take(answer, letter)
        Self.count(answer.verdict.rawValue)
        metadata["herald.answer.code"] = "\(answer.code?.digits ?? "none")"
        metadata["herald.answer.outcome"] = "\(outcome.word)"
        if outcome.needsPerson {
            let needed = outcome.reactions.map(\.rawValue).joined(separator: " ")
            metadata["herald.answer.reactions"] = "\(needed)"
            logger.error("answer of a practice needs a person: herald practices documents", metadata: metadata)
        } else {
            logger.info("answer of a practice read", metadata: metadata)
        }
    }

    /// Sends the infrastructure answer that an answer asks for (G-28), before it is settled: after a crash the office is
    /// asked for it first, so that it goes once.
    private func acknowledge(_ answer: ITKAnswer, _ letter: IncomingLetter) async throws {
        guard let mailbox = letter.sender, let id = answer.id,
            let message = AnswerComposer(sender: sender).answer(to: answer, at: letter.receivedAt)
        else { return }
        let name = "\(sender.odsCode)_infAck-\(id.uuidString.lowercased())"
        let reply = Letter(
            localID: name,
            recipient: mailbox,
            workflow: workflow,
            fileName: name + ".xml",
            contentType: "application/fhir+xml",
            body: try STU3XMLWriter.document(of: message)
        )
        _ = try await office.post(reply, isRepeat: true)
    }

    private static func metadata(_ letter: IncomingLetter) -> Logger.Metadata {
        ["herald.mailbox.message": "\(letter.id)", "herald.mailbox.sender": "\(letter.sender ?? "unknown")"]
    }

    private static func count(_ verdict: String) {
        Counter(label: "herald.practice.answers", dimensions: [("verdict", verdict)]).increment()
    }
}
