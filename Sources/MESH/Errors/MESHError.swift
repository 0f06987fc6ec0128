package import Gzip

/// Why a call to MESH failed; carries codes and ids, never a password, a subject or content.
package enum MESHError: Error, Hashable, Sendable {
    /// MESH answered with an error.
    case refused(MESHRefusal)
    /// No answer came: whether the request was carried out is unknown.
    case unreachable(MESHOperation, MESHUnreachable)
    /// An answer came that cannot be understood.
    case unreadable(MESHOperation, String)
    /// A compressed body is damaged or too large.
    case unusableContent(GzipError)
    /// A PEM file cannot be read, or is none.
    case unusableFile(String)
    /// A file that is to be sent cannot be read, or its compressed form cannot be written.
    case unusableBody(String)
    /// The task was cancelled.
    case cancelled
}

/// What a call was about.
package enum MESHOperation: String, Hashable, Sendable {
    case handshake, send, list, read, download, acknowledge, track
    case sendChunk = "send chunk"
    case lookUp = "look up"
}

/// Why no answer came.
package enum MESHUnreachable: String, Hashable, Sendable {
    case timeout = "no answer in time"
    case connection = "no connection, or it broke"
    case tls = "TLS failed: check the client's certificate and the authorities"
}

/// An error answer of MESH.
package struct MESHRefusal: Hashable, Sendable {
    package let operation: MESHOperation
    /// The HTTP status.
    package let status: Int
    /// MESH's code, where the answer had one: `12`, `EPL-151`.
    package var code: String?
    /// MESH's stage: `SEND`, `RECEIVE`, `COLLECT`, `TRANSFER`.
    package var event: String?
    /// MESH's words.
    package var text: String?
    package var messageID: MessageID?
    /// How long the server wants to be left alone.
    package var retryAfter: Duration?

    package init(_ operation: MESHOperation, status: Int) {
        self.operation = operation
        self.status = status
    }
}
