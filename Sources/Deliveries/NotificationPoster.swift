package import Events

/// Sends one notification to one endpoint; implemented over an HTTP client.
package protocol NotificationPoster: Sendable {
    /// Posts and waits for the answer, or for the time-out, which covers the whole exchange.
    ///
    /// Redirects are not followed and the body of an answer is not kept.
    ///
    /// - Returns: How the attempt ended, whatever the endpoint and its network did.
    /// - Throws: What of the hub's own kept it from being sent. Nothing reached the endpoint, and nothing may count against it.
    func post(_ notification: OutgoingNotification) async throws -> AttemptOutcome
}

/// The bytes and headers of one attempt.
package struct OutgoingNotification: Sendable {
    package var endpoint: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    package var timeout: Duration
    /// Whose endpoint it goes to.
    package var subscription: SubscriptionID?
    /// Whether it asks the endpoint to prove that it wants to be one (`delivery.md` §8).
    package var isHandshake = false

    package init(endpoint: String, headers: [(name: String, value: String)], body: [UInt8], timeout: Duration) {
        self.endpoint = endpoint
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}
