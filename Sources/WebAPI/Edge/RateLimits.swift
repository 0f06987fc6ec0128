package import Access

/// How often requests are taken; nil for without limit.
package struct RateLimits: Hashable, Sendable {
    /// Of one client, unless its registration says otherwise.
    package var client = RateLimit(perSecond: 20, burst: 40)
    /// Of all clients together.
    package var service = RateLimit(perSecond: 100, burst: 200)
    /// Of one address, to what needs no token, and with tokens that are refused.
    package var address = RateLimit(perSecond: 20, burst: 40)
    /// Of one client, to the token endpoint.
    package var tokenClient = RateLimit(perSecond: 5, burst: 10)
    /// Of one address, to the token endpoint.
    package var tokenAddress = RateLimit(perSecond: 20, burst: 40)

    package init() {}

    /// No limits at all.
    package static var none: RateLimits {
        var limits = RateLimits()
        (limits.client, limits.service, limits.address) = (nil, nil, nil)
        (limits.tokenClient, limits.tokenAddress) = (nil, nil)
        return limits
    }
}
