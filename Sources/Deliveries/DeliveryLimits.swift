/// How much a process sends at once and how fast (`delivery.md` §7).
package struct DeliveryLimits: Sendable, Hashable {
    /// Lanes in hand of one origin (scheme, host, port).
    package var inFlightPerOrigin = 10
    /// Requests to one origin a second.
    package var ratePerOrigin = 50
    /// Requests to one origin at once, after a time without any.
    package var burstPerOrigin = 50
    /// Lanes in hand of one client: one with 10,000 subscriptions must not take all there is.
    package var inFlightPerClient = 50
    /// Lanes in hand of this process.
    package var inFlight = 1000
    /// Bytes of notifications in hand; a lane whose bytes do not fit waits for others.
    package var bytesInFlight = 512 << 20

    package init() {}
}
