/// What a signature covers: id, time of the attempt, and the body's bytes as they are sent (`delivery.md` §9).
package struct WebhookContent: Sendable {
    package let id: String
    /// Seconds since 1970.
    package let timestamp: Int64
    let bytes: [UInt8]

    package init(id: String, timestamp: Int64, body: some Collection<UInt8>) {
        self.id = id
        self.timestamp = timestamp
        bytes = Array("\(id).\(timestamp).".utf8) + body
    }
}
