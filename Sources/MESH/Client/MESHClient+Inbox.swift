import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

extension MESHClient {
    /// A page of the inbox, oldest first and of every workflow: a filter would never show the reports (M-06).
    ///
    /// - Parameters:
    ///   - next: Where to go on, from the page before; nil for the start.
    ///   - limit: Messages at most, 10 to 5,000.
    /// - Returns: The page.
    /// - Throws: ``MESHError``; when paging fails, start the list again, for a server that was restarted knows no
    ///   earlier page.
    package func inbox(from next: String? = nil, limit: Int = 500) async throws(MESHError) -> InboxPage {
        var query = "?max_results=\(min(max(limit, 10), 5000))"
        if let next { query += "&continue_from=\(Self.encode(next))" }
        let response = try await call(.list, .GET, "/\(mailbox)/inbox\(query)")
        let list = try await decode(MessageList.self, .list, response)
        var messages: [MessageID] = []
        for text in list.messages {
            guard let id = MessageID(text) else { throw .unreadable(.list, "it holds an id that is none") }
            messages.append(id)
        }
        // Only the token is taken from the link: where a request goes is not for an answer to say.
        let token = list.links?["next"].flatMap { URLComponents(string: $0) }?.queryItems?
            .first { $0.name == "continue_from" }?.value
        return InboxPage(messages: messages, next: token, approximateCount: list.approx_inbox_count)
    }

    /// Begins to download a message of the inbox.
    ///
    /// - Parameter id: The message.
    /// - Returns: Its headers, and its content to be read; a report has none.
    /// - Throws: ``MESHError``.
    package func download(_ id: MessageID) async throws(MESHError) -> IncomingMessage {
        // Compressed always: MESH decompresses a chunk by itself, which a body cut in the middle of its gzip does not stand.
        let response = try await call(
            .download,
            .GET,
            "/\(mailbox)/inbox/\(id)",
            headers: [("Accept-Encoding", "gzip")],
            accepted: [200, 206],
            timeout: configuration.transferTimeout
        )
        guard let headers = MessageHeaders(response.headers, requested: id) else {
            throw .unreadable(.download, "it has no mex-messagetype")
        }
        let isLast = response.status.code == 200
        let raw = RawContent(client: self, id: id, chunks: isLast ? 1 : headers.chunks, first: response.body)
        let isCompressed = response.headers.first(name: "content-encoding")?.lowercased() == "gzip"
        return IncomingMessage(headers: headers, content: MessageContent(raw: raw, isCompressed: isCompressed))
    }

    /// A message's headers alone.
    package func headers(of id: MessageID) async throws(MESHError) -> MessageHeaders {
        let response = try await call(.read, .HEAD, "/\(mailbox)/inbox/\(id)")
        guard let headers = MessageHeaders(response.headers, requested: id) else {
            throw .unreadable(.read, "it has no mex-messagetype")
        }
        return headers
    }

    /// A further chunk's body.
    func chunk(_ number: Int, of id: MessageID) async throws(MESHError) -> HTTPClientResponse.Body {
        try await call(
            .download,
            .GET,
            "/\(mailbox)/inbox/\(id)/\(number)",
            headers: [("Accept-Encoding", "gzip")],
            accepted: [200, 206],
            timeout: configuration.transferTimeout
        ).body
    }

    /// Says that a message is kept here, so that it leaves the inbox; saying so twice does no harm.
    package func acknowledge(_ id: MessageID) async throws(MESHError) {
        let response = try await call(.acknowledge, .PUT, "/\(mailbox)/inbox/\(id)/status/acknowledged")
        _ = try await answer(.acknowledge, response)
    }
}

private struct MessageList: Decodable {
    let messages: [String]
    let links: [String: String]?
    let approx_inbox_count: Int?
}
