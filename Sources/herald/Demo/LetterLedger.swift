import FHIR
import Synchronization

/// What came into the sample mailboxes.
final class LetterLedger: Sendable {
    /// A message as its receiver has it.
    struct Letter: Sendable {
        /// ODS code of the receiver.
        let odsCode: String
        let workflow: String
        let fileName: String
        /// Ids and tags of NEMS subscriptions.
        let partnerID: String?
        let content: [UInt8]
        /// The vaccination document in it, if it is one.
        let document: ReceivedDocument?
        /// The national event in it, if it is one.
        let event: ReceivedEvent?

        init(odsCode: String, workflow: String, fileName: String, partnerID: String?, content: [UInt8]) {
            self.odsCode = odsCode
            self.workflow = workflow
            self.fileName = fileName
            self.partnerID = partnerID
            self.content = content
            let message = try? STU3XMLReader.resource(in: content)
            document = message.flatMap { ReceivedDocument(message: $0) }
            event = message.flatMap { ReceivedEvent(message: $0) }
        }
    }

    private let letters = Mutex<[Letter]>([])

    /// Takes a message in.
    func take(_ letter: Letter) { letters.withLock { $0.append(letter) } }

    /// How many messages of a workflow came.
    func count(of workflow: String) -> Int { letters.withLock { $0.count { $0.workflow == workflow } } }

    /// The messages of a workflow, as they came.
    func letters(of workflow: String) -> [Letter] {
        letters.withLock { $0.filter { $0.workflow == workflow } }
    }
}
