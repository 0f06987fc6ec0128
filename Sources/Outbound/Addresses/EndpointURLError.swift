/// Why a URL cannot be an endpoint; never quotes it, for it may hold what must not be shown.
package enum EndpointURLError: Error, Hashable, Sendable {
    case length, characters, scheme, userInfo, fragment, host, singleLabel, literal, portText, denied
    case port(Int)
}

extension EndpointURLError: CustomStringConvertible {
    /// Says what to write, for whoever made the subscription.
    package var description: String {
        switch self {
        case .length: "the URL is longer than 2048 bytes"
        case .characters:
            "the URL has characters that do not belong there: encode what is not a plain ASCII letter, digit or mark as %XX"
        case .scheme: "the URL must begin with https:// (http:// only where HERALD_DEVELOPMENT is true)"
        case .userInfo: "the URL must not hold a user name or password; use a header line"
        case .fragment: "the URL must not have a fragment (#…)"
        case .host:
            "the URL's host is not a domain name: write one such as hooks.example.nhs.uk, without a dot at its end"
        case .singleLabel: "the URL's host must be a full domain name with at least one dot"
        case .literal:
            "the URL's host must be a domain name, not an IP address; an operator may allow a client's network"
        case .portText: "the URL's port must be a number from 1 to 65535"
        case .denied:
            "the URL's host has an address in a network that is not the public Internet's; an operator may allow a client's network"
        case .port(let port): "port \(port) is not allowed for endpoints; use 443, or ask the operator to allow it"
        }
    }
}
