import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// A FHIR resource.
    static func fhir(_ json: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        make(json, "application/fhir+json", status, headers)
    }

    /// JSON that is no FHIR resource.
    static func json(_ json: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        make(json, "application/json", status, headers)
    }

    private static func make(
        _ bytes: [UInt8],
        _ mediaType: String,
        _ status: HTTPResponse.Status,
        _ headers: HTTPFields
    ) -> Response {
        var headers = headers
        headers[.contentType] = mediaType
        headers[.cacheControl] = headers[.cacheControl] ?? "no-store"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
