package import Events

/// Signs what is sent; implemented where the keys are.
package protocol NotificationSigner: Sendable {
    /// The header fields that prove who sent a message (`delivery.md` §9).
    ///
    /// - Parameters:
    ///   - subscription: Whose endpoint gets it.
    ///   - messageID: `webhook-id`.
    ///   - timestamp: `webhook-timestamp`, in seconds since 1970.
    ///   - body: The bytes as they are sent.
    /// - Returns: Names and values.
    /// - Throws: What keeps the message from being signed; it must not be sent then.
    func headers(
        for subscription: SubscriptionID,
        messageID: String,
        timestamp: Int64,
        body: [UInt8]
    ) async throws -> [(name: String, value: String)]
}

extension NotificationSigner {
    /// Adds the signatures to a notification that has its id, its time and its subscription (D-60).
    func sign(_ notification: inout OutgoingNotification) async throws {
        guard let subscription = notification.subscription, let id = notification["webhook-id"],
            let timestamp = notification["webhook-timestamp"].flatMap({ Int64($0) })
        else { throw WebhookSecretError.unknownSubscription }
        notification.headers += try await headers(
            for: subscription,
            messageID: id,
            timestamp: timestamp,
            body: notification.body
        )
    }
}

extension OutgoingNotification {
    /// The first header field of this name, as ``DeliveryHeaders`` writes it.
    fileprivate subscript(name: String) -> String? { headers.first { $0.name == name }?.value }
}
