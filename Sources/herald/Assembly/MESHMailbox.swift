import Feeds
import MESH

/// A MESH mailbox as the intake sees it.
struct MESHMailbox: FeedMailbox {
    let client: MESHClient

    var name: String { client.mailbox.text }

    func handshake() async throws(MailboxError) {
        do { try await client.handshake() } catch { throw MailboxError(error) }
    }

    func page(from next: String?) async throws(MailboxError) -> MailboxPage {
        do {
            let page = try await client.inbox(from: next)
            return MailboxPage(messages: page.messages.map(\.text), next: page.next)
        } catch {
            throw MailboxError(error)
        }
    }

    func open(_ id: String) async throws(MailboxError) -> MailboxMessage<MESHFileContent> {
        do {
            let message = try await client.download(try Self.id(id))
            return MailboxMessage(
                notice: MailboxNotice(message.headers),
                content: MESHFileContent(base: message.content)
            )
        } catch {
            throw MailboxError(error)
        }
    }

    func acknowledge(_ id: String) async throws(MailboxError) {
        do { try await client.acknowledge(try Self.id(id)) } catch { throw MailboxError(error) }
    }

    func send(_ file: AcknowledgementFile, _ letter: MailboxLetter) async throws -> MailboxReceipt {
        // Compressed while it is read: a million refused rows are some megabytes then.
        var writer = MessagePartsWriter(client.configuration)
        for try await piece in file { try writer.write(piece) }
        let message = OutgoingMessage(
            to: letter.recipient,
            workflow: letter.workflow,
            localID: letter.localID,
            fileName: file.name,
            contentType: file.mediaType,
            body: .parts(writer.finish())
        )
        do {
            let receipt = try await letter.attempts == 0 ? client.send(message) : client.sendAgain(message)
            return MailboxReceipt(messageID: receipt.messageID?.text, duplicates: receipt.duplicates)
        } catch {
            throw MailboxError(error)
        }
    }

    private static func id(_ text: String) throws(MESHError) -> MessageID {
        guard let id = MessageID(text) else { throw .unreadable(.list, "it holds an id that is none") }
        return id
    }
}

/// The content of a MESH message, with errors that the intake knows.
struct MESHFileContent: AsyncSequence, Sendable {
    let base: MessageContent

    func makeAsyncIterator() -> Iterator { Iterator(base: base.makeAsyncIterator()) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var base: MessageContent.Iterator

        mutating func next() async throws -> [UInt8]? { try await next(isolation: nil) }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> [UInt8]? {
            do {
                return try await base.next(isolation: actor)
            } catch let error as MESHError {
                // A file that cannot be decompressed is refused, and its sender is told so.
                if case .unusableContent(let fault) = error { throw FeedFileError.unreadableGzip(fault) }
                throw MailboxError(error)
            }
        }
    }
}

extension MailboxError {
    /// What a failed call means for the intake (`mesh.md` §8).
    init(_ error: MESHError) {
        let kind: Kind =
            switch error.kind {
            case .transient, .restart, .complete: .away
            case .serverFault: .fault
            case .configuration: .stopped
            case .gone: .gone
            case .notYet: .notYet
            case .address, .defect: .refused
            case .cancelled: .cancelled
            }
        var pause: Duration?
        if case .refused(let refusal) = error { pause = refusal.retryAfter }
        self.init(kind, error.description, retryAfter: pause)
    }
}

extension MailboxNotice {
    /// What MESH says about a message; only data that was transferred is taken for a file (M-04).
    init(_ headers: MessageHeaders) {
        let kind: Kind =
            if let report = headers.report {
                .report(
                    MailboxReport(
                        messageID: report.messageID,
                        localID: report.localID,
                        code: report.code,
                        text: report.text
                    )
                )
            } else if headers.isData {
                .data
            } else {
                .unknown("it is neither data that was transferred nor a report (\(headers.messageType))")
            }
        self.init(
            id: headers.id.text,
            kind: kind,
            sender: headers.sender,
            workflow: headers.workflow,
            localID: headers.localID,
            fileName: headers.fileName,
            contentType: headers.contentType
        )
    }
}
