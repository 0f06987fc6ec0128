package import NIOCore
package import NIOHTTP1

/// A request to an endpoint that somebody outside named.
package struct OutboundRequest: Sendable {
    package var method: HTTPMethod
    package var url: EndpointURL
    package var headers: HTTPHeaders
    package var body: ByteBuffer
    /// Bytes of the answer's body that are read before the connection is cut.
    package var answerLimit = 16 << 10
    /// Whether those bytes are of interest.
    package var keepsAnswer = false

    package init(_ method: HTTPMethod, _ url: EndpointURL, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer())
    {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// What an endpoint answered; redirects are answers like others and never followed (D-74).
package struct OutboundAnswer: Sendable {
    package var status: Int
    package var headers: HTTPHeaders
    /// Empty unless ``OutboundRequest/keepsAnswer``.
    package var body: ByteBuffer
    /// Whether the body came to its end within limit and time.
    package var isWhole: Bool
}

/// Why there is no answer.
package enum OutboundError: Error, Hashable, Sendable {
    /// The name does not exist, or no name server answered in time.
    case notResolved
    /// One of the host's addresses must not be connected to (D-72).
    case denied
    /// The endpoint's certificate is not valid for its name.
    case certificate
    /// Refused, reset, or too slow.
    case noResponse
    /// The connection ended before a byte of the answer came.
    case closed
}

/// One request on its way, with who waits for its answer.
struct Exchange: Sendable {
    let request: OutboundRequest
    let deadline: NIODeadline
    let promise: EventLoopPromise<OutboundAnswer>
}
