import Access
import FHIR
import HTTPTypes
import Hummingbird

extension HubError {
    /// 429 with the seconds until the next request is taken.
    static func throttled(_ who: String, _ limit: RateLimit, _ wait: Duration) -> HubError {
        throttled(
            retryAfter: Int((wait / .seconds(1)).rounded(.up)),
            "\(who) more than \(limit.perSecond) times a second. Wait the seconds of Retry-After, then go on more slowly."
        )
    }

    /// 431 (§10).
    static let headTooLong = HubError(
        .requestHeaderFieldsTooLarge,
        .tooLong,
        nil,
        "The request line and the headers must not be longer than \(SizeLimits.head) bytes together."
    )
}
