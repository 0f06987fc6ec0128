import AsyncHTTPClient
import Foundation
import NIOHTTP1

extension MESHClient {
    /// Where a message that this mailbox sent stands.
    ///
    /// - Parameter id: The message's id, from its receipt.
    /// - Returns: Its state.
    /// - Throws: ``MESHError``; of class ``MESHErrorClass/gone`` for a message of nobody or of another sender.
    package func track(_ id: MessageID) async throws(MESHError) -> Tracking {
        let response = try await call(.track, .GET, "/\(mailbox)/outbox/tracking?messageID=\(id)")
        let found = try await decode(TrackingAnswer.self, .track, response)
        guard let id = MessageID(found.message_id) else { throw .unreadable(.track, "it holds no message id") }
        return Tracking(
            messageID: id,
            localID: found.local_id,
            status: found.status.flatMap { Tracking.Status(rawValue: $0.lowercased()) },
            statusCode: found.status_code
        )
    }

    /// What was accepted under a sender's own id (M-11).
    ///
    /// The call is deprecated: where it is gone, and where several messages have the id, the outbox's list is asked.
    ///
    /// - Parameter localID: The id of the attempts.
    /// - Returns: The messages that have it.
    /// - Throws: ``MESHError``.
    package func find(localID: String) async throws(MESHError) -> LocalIDMatch {
        let response: HTTPClientResponse
        do {
            response = try await call(
                .track,
                .GET,
                "/\(mailbox)/outbox/tracking/\(Self.encode(localID))",
                accepted: [200, 300]
            )
        } catch {
            switch error {
            case .refused(let refusal) where refusal.status == 404: return .none
            case .refused(let refusal) where [405, 410, 501].contains(refusal.status):
                return Self.match(try await sent(localID: localID) ?? [])
            default: throw error
            }
        }
        guard response.status.code == 200 else {
            _ = try await answer(.track, response)
            // Several have it, and without the list there is no telling which: it has arrived (M-11).
            guard let found = try await sent(localID: localID) else { return .several([]) }
            return Self.match(found)
        }
        let found = try await decode(LocalIDAnswer.self, .track, response)
        guard let id = MessageID(found.messageId) else { throw .unreadable(.track, "it holds no message id") }
        return .one(
            Tracking(
                messageID: id,
                localID: found.localId,
                status: found.status.flatMap { Tracking.Status(rawValue: $0.lowercased()) },
                statusCode: found.statusCode
            )
        )
    }

    /// What has arrived counts; an upload that was begun and given up does not.
    private static func match(_ found: [Tracking]) -> LocalIDMatch {
        let arrived = found.filter { $0.status != .uploading }
        guard arrived.count < 2 else { return .several(arrived.map(\.messageID)) }
        return (arrived.first ?? found.first).map { .one($0) } ?? .none
    }

    /// The messages sent under a local id, newest first as MESH lists them; nil where it has no such list.
    private func sent(localID: String) async throws(MESHError) -> [Tracking]? {
        var token: String?
        var found: [Tracking] = []
        repeat {
            let query = token.map { "?continue_from=\(Self.encode($0))" } ?? ""
            let response: HTTPClientResponse
            do {
                response = try await call(.track, .GET, "/\(mailbox)/outbox/rich\(query)")
            } catch {
                guard case .refused(let refusal) = error, [404, 405, 410, 501].contains(refusal.status) else {
                    throw error
                }
                return nil
            }
            let page = try await decode(SentList.self, .track, response)
            for message in page.messages where message.local_id == localID {
                guard let id = MessageID(message.message_id) else { continue }
                let status = message.status.flatMap { Tracking.Status(rawValue: $0.lowercased()) }
                found.append(Tracking(messageID: id, localID: localID, status: status, statusCode: message.status_code))
            }
            token =
                page.links?["next"].flatMap { URLComponents(string: $0) }?.queryItems?
                .first { $0.name == "continue_from" }?.value
        } while token != nil
        return found
    }

    /// The mailboxes of an organisation that take a workflow; empty where there is none.
    ///
    /// - Parameters:
    ///   - odsCode: The organisation's.
    ///   - workflow: The workflow's id.
    /// - Returns: The mailboxes.
    /// - Throws: ``MESHError``.
    package func mailboxes(of odsCode: String, for workflow: String) async throws(MESHError) -> [MailboxEntry] {
        let path = "/endpointlookup/\(Self.encode(odsCode.uppercased()))/\(Self.encode(workflow))"
        let response = try await call(.lookUp, .GET, path)
        let found = try await decode(LookUpAnswer.self, .lookUp, response)
        return found.results.compactMap { entry in
            MailboxID(entry.mailbox_id).map { MailboxEntry(id: $0, name: entry.mailbox_name ?? "") }
        }
    }
}

private struct TrackingAnswer: Decodable {
    let message_id: String
    let local_id: String?
    let status: String?
    let status_code: String?
}

/// This call answers in the shape of version 1, whatever was asked for.
private struct LocalIDAnswer: Decodable {
    let messageId: String
    let localId: String?
    let status: String?
    let statusCode: String?
}

private struct SentList: Decodable {
    struct Sent: Decodable {
        let message_id: String
        let local_id: String?
        let status: String?
        let status_code: String?
    }

    let messages: [Sent]
    let links: [String: String]?
}

private struct LookUpAnswer: Decodable {
    struct Entry: Decodable {
        let mailbox_id: String
        let mailbox_name: String?
    }

    let results: [Entry]
}
