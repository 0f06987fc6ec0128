package import Access
import Synchronization

/// Counts requests against the limits of one process.
///
/// Several processes count apart: behind a load balancer a client gets as many times its limit as there are processes.
package final class RateLimiter: Sendable {
    private struct Buckets {
        var clients = TokenBuckets<ClientID>()
        var addresses = TokenBuckets<String>()
        var tokenClients = TokenBuckets<ClientID>()
        var tokenAddresses = TokenBuckets<String>()
        var service = TokenBuckets<Bool>(capacity: 1)
    }

    private let limits: RateLimits
    private let now: @Sendable () -> ContinuousClock.Instant
    private let buckets = Mutex(Buckets())

    package init(
        limits: RateLimits,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.limits = limits
        self.now = now
    }

    /// Takes a request of a client whose token is good.
    ///
    /// What exceeds the client's own limit takes nothing of the service's, so that one client cannot use up what is left for
    /// the others.
    ///
    /// - Parameters:
    ///   - client: Who asks.
    ///   - own: The limit of the client's registration; nil for the default.
    /// - Throws: 429.
    package func admit(client: ClientID, own: RateLimit?) throws(HubError) {
        try admit(client, own ?? limits.client, \.clients, "This client asks")
    }

    /// Takes a request to what needs no token.
    ///
    /// - Throws: 429.
    package func admit(address: String) throws(HubError) {
        try admit(address, limits.address, \.addresses, "This address asks without a good token")
    }

    /// Takes a request to the token endpoint.
    ///
    /// - Throws: 429.
    package func admitToken(address: String) throws(HubError) {
        try admit(address, limits.tokenAddress, \.tokenAddresses, "This address asks for tokens")
    }

    /// Takes a request to the token endpoint of a client whose assertion is good: before that is known anybody could use
    /// up the client's share.
    ///
    /// - Throws: 429.
    package func admitToken(client: ClientID) throws(HubError) {
        // The service has counted the request by its address.
        try admit(client, limits.tokenClient, \.tokenClients, "This client asks for tokens", countsForService: false)
    }

    /// Refuses an address that has shown too many bad tokens, before another one costs a signature's verification.
    ///
    /// - Throws: 429.
    package func check(address: String) throws(HubError) {
        guard let limit = limits.address else { return }
        if let wait = buckets.withLock({ $0.addresses.wait(address, limit, now: now()) }) {
            throw .throttled("This address asks without a good token", limit, wait)
        }
    }

    /// Counts a token that was refused.
    package func refused(address: String) {
        guard let limit = limits.address else { return }
        buckets.withLock { $0.addresses.take(address, limit, now: now()) }
    }

    private func admit<Key>(
        _ key: Key,
        _ limit: RateLimit?,
        _ path: any WritableKeyPath<Buckets, TokenBuckets<Key>> & Sendable,
        _ who: String,
        countsForService: Bool = true
    ) throws(HubError) {
        let refusal: (who: String, limit: RateLimit, wait: Duration)? = buckets.withLock { buckets in
            let now = now()
            if let limit, let wait = buckets[keyPath: path].wait(key, limit, now: now) { return (who, limit, wait) }
            if countsForService, let service = limits.service {
                if let wait = buckets.service.wait(true, service, now: now) {
                    return ("All clients together ask", service, wait)
                }
                buckets.service.take(true, service, now: now)
            }
            if let limit { buckets[keyPath: path].take(key, limit, now: now) }
            return nil
        }
        if let refusal { throw .throttled(refusal.who, refusal.limit, refusal.wait) }
    }
}
