import Subscriptions

/// How much a process sends at once and how fast (`delivery.md` §7).
package struct DeliveryLimits: Sendable, Hashable {
    /// Lanes in hand of one origin (scheme, host, port).
    package var inFlightPerOrigin = 10
    /// Requests to one origin a second.
    package var ratePerOrigin = 50
    /// Requests to one origin at once, after a time without any.
    package var burstPerOrigin = 50
    /// Lanes in hand of one client: one with 10,000 subscriptions must not take all there is.
    ///
    /// The practices of the hub's own subscriptions are no client: each has its origin's limit, and they share
    /// ``inFlightOfHub``.
    package var inFlightPerClient = 50
    /// Lanes in hand of this process.
    package var inFlight = 1000
    /// Bytes of notifications in hand; a lane whose bytes do not fit waits for others.
    package var bytesInFlight = 512 << 20

    /// Lanes in hand of subscriptions that the hub made itself, all practices together: what is left is for clients.
    package var inFlightOfHub: Int { max(inFlightPerClient, inFlight / 2) }

    package init() {}

    /// Lanes in hand of a client at most.
    func inFlight(ofClient client: String) -> Int {
        client == Subscription.hubClient ? inFlightOfHub : inFlightPerClient
    }
}
