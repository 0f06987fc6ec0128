import FHIR
import HTTPTypes
import Hummingbird
import NIOCore

/// A resource that a request brings: its media type, its size and its form are looked at in that order.
enum JSONBody {
    /// How long a body may be (`immunisation-history.md` §10).
    static let limit = 1 << 20

    /// Refuses what can be refused before the body is read.
    ///
    /// - Throws: ``HubError`` 415 or 413.
    static func checkHead(_ request: Request, _ release: FHIRRelease = .r4) throws(HubError) {
        let contentType = request.headers[.contentType].map { MediaRange($0) }
        guard let contentType, !contentType.type.contains("*"), contentType.fit(to: release) == .fits else {
            throw .unsupportedMediaType(
                "The header Content-Type must be application/fhir+json or application/json, in UTF-8.",
                headers: [.accept: "application/fhir+json, application/json"]
            )
        }
        let encoding = request.headers[.contentEncoding] ?? ""
        guard encoding.isEmpty || encoding.lowercased() == "identity" else {
            throw .unsupportedMediaType("The body must come without a Content-Encoding.")
        }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw .tooLong(limit: limit)
        }
    }

    /// Reads the body.
    ///
    /// - Throws: ``HubError`` 413, or 400 `invalid` for what is no JSON object or breaks off.
    static func read(_ request: Request, _ context: HubContext) async throws -> JSONValue {
        let bytes = try await bytes(of: request, context)
        do throws(JSONError) {
            let value = try JSONValue(parsing: bytes)
            guard value.object != nil else { throw .unexpectedByte(offset: 0) }
            return value
        } catch {
            throw HubError.invalid("The body must be one FHIR resource as a JSON object in UTF-8: \(error).")
        }
    }

    /// The body, whatever it holds; up to the limit.
    ///
    /// - Throws: ``HubError`` 413, or 400 for what breaks off.
    static func bytes(of request: Request, _ context: HubContext) async throws(HubError) -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            for try await piece in UploadBody(body: request.body, channel: context.channel) {
                guard bytes.count + piece.count <= limit else { throw HubError.tooLong(limit: limit) }
                bytes.append(contentsOf: piece)
            }
        } catch let error as HubError {
            throw error
        } catch {
            // Who says that more is to come and closes the connection has made a mistake, not the hub.
            throw .invalid("The body broke off before its end. Send the request again.")
        }
        return bytes
    }
}
