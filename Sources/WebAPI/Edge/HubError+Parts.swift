import FHIR
import Foundation
import HTTPTypes
import NIOCore

extension HubError {
    /// The answer as it goes onto a connection that is closed after it, where no route is reached.
    ///
    /// - Parameter isTLS: Whether the client speaks TLS.
    /// - Returns: Head and body.
    func parts(isTLS: Bool) -> (head: HTTPResponse, body: ByteBuffer) {
        let bytes = OperationOutcome(id: UUID(), issues: issues).json.bytes
        var headers: HTTPFields = [
            .contentType: "application/fhir+json", .contentLength: String(bytes.count), .connection: "close",
        ]
        SecurityHeadersMiddleware.complete(&headers, isTLS: isTLS)
        return (HTTPResponse(status: status, headerFields: headers), ByteBuffer(bytes: bytes))
    }
}
