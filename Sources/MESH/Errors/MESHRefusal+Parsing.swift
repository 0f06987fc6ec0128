import Foundation

extension MESHRefusal {
    /// Reads an error answer in any of the three shapes MESH has (`mesh.md` §8); one in no shape keeps its status.
    init(_ operation: MESHOperation, status: Int, body: [UInt8]) {
        self.init(operation, status: status)
        guard let body = try? JSONDecoder().decode(ErrorBody.self, from: Data(body)) else { return }
        messageID = (body.message_id ?? body.messageID).flatMap { MessageID($0) }
        let detail = body.detail?.first
        event = Self.word(body.errorEvent ?? detail?.event)
        code = Self.word(body.errorCode ?? detail?.code)
        text = Self.word(body.errorDescription ?? detail?.msg)
    }

    /// MESH's words, short and on one line: they go into logs.
    private static func word(_ text: String?) -> String? {
        guard let text, !text.isEmpty else { return nil }
        return HeaderText.clean(text, limit: 200)
    }
}

/// All members of the three shapes; each answer has some of them.
private struct ErrorBody: Decodable {
    struct Detail: Decodable {
        var event: String?
        var code: String?
        var msg: String?
    }

    var message_id: String?
    var messageID: String?
    var errorEvent: String?
    var errorCode: String?
    var errorDescription: String?
    var detail: [Detail]?

    private enum CodingKeys: String, CodingKey {
        case message_id, messageID, errorEvent, errorCode, errorDescription, detail
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        message_id = try? members.decode(String.self, forKey: .message_id)
        messageID = try? members.decode(String.self, forKey: .messageID)
        errorEvent = try? members.decode(String.self, forKey: .errorEvent)
        errorCode = try? members.decode(String.self, forKey: .errorCode)
        errorDescription = try? members.decode(String.self, forKey: .errorDescription)
        // Parameter faults have other members in a detail, and a detail may be a text.
        detail = try? members.decode([Detail].self, forKey: .detail)
        if detail == nil, let text = try? members.decode(String.self, forKey: .detail) { errorDescription = text }
    }
}
