import Access
import Crypto
import FHIR
import Foundation
import Vaccination

/// Where a page begins, with the search it belongs to: what the `_cursor` of a link holds, sealed.
struct SearchCursor: Codable, Hashable {
    /// The search's parameters.
    let query: String
    /// The page begins after this place; nil for the first page.
    let time: Int64?
    let id: UUID?
    /// When the search began, in microseconds since 1970-01-01 00:00 UTC.
    let began: Int64
    /// When the cursor ends.
    let expires: Int64

    /// How long a cursor is good for, from the page it came with.
    static let validity: Int64 = 3600 * 1_000_000

    init(query: String, start: HistoryPage.Start, began: Int64, now: Int64) {
        self.query = query
        switch start {
        case .first: (time, id) = (nil, nil)
        case .after(let position): (time, id) = (position.time, position.id.uuid)
        }
        self.began = began
        expires = now + Self.validity
    }

    var position: HistoryPosition? {
        guard let time, let id else { return nil }
        return HistoryPosition(time: time, id: RecordID(id))
    }

    /// The cursor as text that only Herald can read, and only for the client that got it.
    func sealed(for client: ClientID, with key: SymmetricKey) throws -> String {
        let box = try AES.GCM.seal(JSONEncoder().encode(self), using: key, authenticating: Self.context(client))
        guard let bytes = box.combined else { throw CryptoKitError.incorrectParameterSize }
        return bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Opens a cursor.
    ///
    /// - Throws: ``HubError`` 400 for one that was changed, is another client's, or is too old.
    init(_ text: String, for client: ClientID, with key: SymmetricKey, now: Int64) throws(HubError) {
        var base64 = text.replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        do {
            let box = try AES.GCM.SealedBox(combined: Data(base64Encoded: base64) ?? Data())
            let json = try AES.GCM.open(box, using: key, authenticating: Self.context(client))
            self = try JSONDecoder().decode(SearchCursor.self, from: json)
        } catch {
            throw .invalid("The parameter _cursor is not one that this client was given; search again.")
        }
        guard now <= expires else { throw .invalid("The parameter _cursor has expired; search again.") }
    }

    private static func context(_ client: ClientID) -> Data { Data("search:\(client.rawValue)".utf8) }
}
