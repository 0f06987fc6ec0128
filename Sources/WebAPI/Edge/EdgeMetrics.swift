import Metrics

/// What the listeners count.
enum EdgeMetrics {
    /// Why a connection was ended by the hub.
    enum Reason: String {
        /// Its client was too slow.
        case slow
        /// Its request's line and headers were too long.
        case head
        /// There were too many, in all or from its address.
        case limit
    }

    /// The hub ends a connection.
    static func closed(_ reason: Reason) {
        Counter(label: "http.server.connections.closed", dimensions: [("reason", reason.rawValue)]).increment()
    }
}
