import AsyncHTTPClient
import NIOHTTP1

extension MESHClient {
    /// How often a chunk is tried; a repeated one overwrites itself (`mesh.md` §6).
    private static let chunkAttempts = 4

    /// Sends a message for the first time.
    ///
    /// - Parameter message: Its local id must be on file already, so that the next attempt can ask for it (M-10).
    /// - Returns: The receipt; only with it counts the message as accepted (D-07).
    /// - Throws: ``MESHError``; after one that ``MESHError/leavesOutcomeUnknown`` go on with ``sendAgain(_:)``.
    package func send(_ message: OutgoingMessage) async throws(MESHError) -> SendReceipt {
        let parts = try parts(of: message)
        let id = try await postFirst(parts, of: message)
        try await postRest(parts, of: message, to: id)
        return SendReceipt(messageID: id)
    }

    /// Sends a message of which an earlier attempt may have been accepted: asks for its local id first (M-11).
    ///
    /// - Parameter message: The same in every attempt.
    /// - Returns: The receipt of this attempt or of the earlier one.
    /// - Throws: ``MESHError``.
    package func sendAgain(_ message: OutgoingMessage) async throws(MESHError) -> SendReceipt {
        switch try await find(localID: message.localID) {
        case .none: return try await send(message)
        case .several(let ids):
            return SendReceipt(messageID: ids.last, wasThere: true, duplicates: max(1, ids.count - 1))
        case .one(let tracking) where tracking.status == .uploading:
            let parts = try parts(of: message)
            do {
                try await postRest(parts, of: message, to: tracking.messageID)
            } catch  where error.kind == .restart {
                // What was begun does not go together with this: it is never completed, and nobody sees it.
                return try await send(message)
            }
            return SendReceipt(messageID: tracking.messageID, wasThere: true)
        case .one(let tracking): return SendReceipt(messageID: tracking.messageID, wasThere: true)
        }
    }

    private func parts(of message: OutgoingMessage) throws(MESHError) -> MessageParts {
        switch message.body {
        case .parts(let parts): return parts
        case .content(let content):
            var writer = MessagePartsWriter(configuration)
            try writer.write(content)
            return writer.finish()
        }
    }

    private func postFirst(_ parts: MessageParts, of message: OutgoingMessage) async throws(MESHError) -> MessageID {
        var headers = message.headers.map { ($0.name, $0.value) }
        if parts.isCompressed { headers.append(("Content-Encoding", "gzip")) }
        if parts.chunks.count > 1 { headers.append(("Mex-Chunk-Range", "1:\(parts.chunks.count)")) }
        let response = try await call(
            .send,
            .POST,
            "/\(mailbox)/outbox",
            headers: headers,
            body: try parts.chunks[0].read(),
            accepted: [202],
            timeout: configuration.transferTimeout
        )
        let accepted = try await decode(AcceptedMessage.self, .send, response)
        guard let id = MessageID(accepted.message_id) else { throw .unreadable(.send, "it holds no message id") }
        return id
    }

    private func postRest(
        _ parts: MessageParts,
        of message: OutgoingMessage,
        to id: MessageID
    ) async throws(MESHError) {
        guard parts.chunks.count > 1 else { return }
        for number in 2...parts.chunks.count {
            do {
                try await post(number, parts, of: message, to: id)
            } catch  where error.kind == .complete {
                // The last chunk had arrived after all, and only its answer was lost.
                return
            }
        }
    }

    private func post(
        _ number: Int,
        _ parts: MessageParts,
        of message: OutgoingMessage,
        to id: MessageID
    ) async throws(MESHError) {
        var headers = [
            ("Mex-Chunk-Range", "\(number):\(parts.chunks.count)"), ("Content-Type", "application/octet-stream"),
        ]
        if parts.isCompressed { headers.append(("Content-Encoding", "gzip")) }
        let chunk = try parts.chunks[number - 1].read()
        var attempt = 1
        while true {
            do {
                let response = try await call(
                    .sendChunk,
                    .POST,
                    "/\(mailbox)/outbox/\(id)/\(number)",
                    headers: headers,
                    body: chunk,
                    accepted: [200, 202],
                    timeout: configuration.transferTimeout
                )
                _ = try await answer(.sendChunk, response)
                return
            } catch {
                guard error.isRetriable, attempt < Self.chunkAttempts else { throw error }
                do { try await Task.sleep(for: .milliseconds(500 << attempt)) } catch { throw .cancelled }
                attempt += 1
            }
        }
    }
}

private struct AcceptedMessage: Decodable {
    let message_id: String
}
