import HTTPTypes
import Hummingbird
import NIOCore

/// The fields of an `application/x-www-form-urlencoded` body (WHATWG URL §5.1), read strictly: each name once, UTF-8, whole
/// escapes.
enum FormFields {
    /// Why a body is no such form.
    enum Fault: Error, Hashable {
        /// Another media type.
        case mediaType
        /// Larger than allowed.
        case tooLarge
        /// A broken escape, or bytes that are no UTF-8.
        case malformed
        /// A name that occurs twice; empty where it is not one to repeat in an answer.
        case repeated(String)
    }

    /// Reads a request's body, of `limit` bytes at most; throws ``Fault``, and what reading throws.
    static func read(_ request: Request, _ context: HubContext, limit: Int) async throws -> [String: String] {
        let type = request.headers[.contentType].map { MediaRange($0).type }
        guard type == "application/x-www-form-urlencoded" else { throw Fault.mediaType }
        var bytes: [UInt8] = []
        for try await piece in UploadBody(body: request.body, channel: context.channel) {
            guard bytes.count + piece.count <= limit else { throw Fault.tooLarge }
            bytes.append(contentsOf: piece)
        }
        return try parse(bytes)
    }

    static func parse(_ bytes: [UInt8]) throws(Fault) -> [String: String] {
        var fields: [String: String] = [:]
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = try decode(halves[0])
            let value = try decode(halves.count == 2 ? halves[1] : [])
            guard fields.updateValue(value, forKey: name) == nil else {
                let isPlain = name.utf8.count <= 64 && name.utf8.allSatisfy { (0x21...0x7E).contains($0) }
                throw .repeated(isPlain ? name : "")
            }
        }
        return fields
    }

    private static func decode(_ text: ArraySlice<UInt8>) throws(Fault) -> String {
        guard let text = FormText.decode(text) else { throw .malformed }
        return text
    }
}
