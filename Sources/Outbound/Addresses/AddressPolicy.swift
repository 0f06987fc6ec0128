/// Where Herald connects to when somebody outside chose the address (`delivery.md` §10).
package struct AddressPolicy: Hashable, Sendable {
    /// Ports that an endpoint may name (D-70).
    package var ports: Set<Int> = [443]
    /// Blocks that are refused on top of ``standard``: the operator's own networks, and this machine's addresses.
    package var denied: [IPNetwork] = []
    /// Blocks that operators opened again, such as endpoints on HSCN, whose addresses are private.
    package var reopened: [IPNetwork] = []
    /// Opens plain `http`, loopback addresses and every port (HERALD_DEVELOPMENT).
    package var isDevelopment = false

    package init() {}

    /// The same policy with further blocks opened, for one client's endpoints.
    package func reopening(_ networks: [IPNetwork]) -> Self {
        var policy = self
        policy.reopened += networks
        return policy
    }

    /// Whether a connection to this address may be made (D-73).
    ///
    /// An address inside `::ffff:0:0/96` is judged as the IPv4 address that it is.
    package func allows(_ address: IPAddress) -> Bool {
        let address = address.unwrapped
        if reopened.contains(where: { $0.contains(address) }) { return true }
        if isDevelopment, address.isLoopback { return true }
        if denied.contains(where: { $0.contains(address) }) { return false }
        // IPv6 is handed out from 2000::/3 alone: what lies outside is unknown or special, and so refused.
        if !address.isIPv4, !Self.globalUnicast.contains(where: { $0.contains(address) }) { return false }
        return !Self.standard.contains { $0.contains(address) }
    }

    /// Whether an endpoint may name this address in place of a host.
    func allowsLiteral(_ address: IPAddress) -> Bool {
        let address = address.unwrapped
        return reopened.contains { $0.contains(address) } || isDevelopment && address.isLoopback
    }

    private static let globalUnicast = ["2000::/3"].compactMap { IPNetwork($0) }

    /// The blocks of D-73; `2001::/23` holds Teredo and other protocols' blocks.
    package static let standard = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "::/128", "::1/128", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23",
        "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "ff00::/8",
    ].compactMap { IPNetwork($0) }
}
