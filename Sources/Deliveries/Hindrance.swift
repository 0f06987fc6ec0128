import Logging
import Outbound

/// What of the hub's own keeps a message from being sent: no fault of the endpoint's, so no attempt of its retries.
struct Hindrance: Sendable {
    private let error: any Error

    init(_ error: any Error) { self.error = error }

    /// What operators have to mend, as it stands beside the lane; nil where it mends itself.
    var trouble: String? { error is SecretError ? "secret-unreadable" : nil }

    /// How long the lane is left alone: what waits for a person is not asked for again and again.
    var pause: Duration { trouble == nil ? .seconds(5) : .seconds(60) }

    /// Tells operators, in the log and the metrics.
    func tell(_ logger: Logger, _ metadata: Logger.Metadata) {
        DeliveryMetrics.withheld(trouble ?? "interrupted")
        if trouble == nil {
            logger.warning("lane interrupted", error: error, metadata: metadata)
        } else {
            logger.error(
                "nothing is sent to this subscription until its secret can be read",
                error: error,
                metadata: metadata
            )
        }
    }
}
