package import NIOCore

/// What one listener grants its connections.
package struct ConnectionLimits: Hashable, Sendable {
    /// Connections at once.
    package var connections = 4096
    /// Connections at once from one address.
    package var connectionsPerAddress = 512
    /// For the first request's line and headers, the TLS handshake among it.
    package var head = TimeAmount.seconds(15)
    /// From an answer to the next request's line and headers, and between two pieces of a body.
    package var idle = TimeAmount.seconds(60)
    /// For a body, on top of what its bytes are granted.
    ///
    /// Counts only while the hub waits for the client.
    package var body = TimeAmount.seconds(20)
    /// Bytes of a body that are worth a second.
    package var bodyBytesPerSecond = 1024
    /// For taking a piece of an answer.
    package var write = TimeAmount.seconds(60)
    /// For the rest of a body whose request is answered already, and how long that may be.
    package var rest = TimeAmount.seconds(10)
    package var restBytes = 16 << 20

    package init() {}
}
