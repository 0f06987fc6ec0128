import Foundation
import Glibc
import NIOCore
import NIOPosix

/// Internet addresses that somebody outside may name without leading Herald into its own network.
enum PublicAddress {
    /// All addresses of a host, as the system resolves it, IPv4 first; empty for a name that does not exist.
    static func resolve(_ host: String) async -> [SocketAddress] {
        // getaddrinfo waits for the name server.
        let addresses = try? await NIOThreadPool.singleton.runIfActive { lookUp(host) }
        return (addresses ?? []).sorted { isIPv4($0) && !isIPv4($1) }
    }

    private static func isIPv4(_ address: SocketAddress) -> Bool {
        if case .v4 = address { true } else { false }
    }

    private static func lookUp(_ host: String) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var entry = list
        while let current = entry?.pointee {
            let address = UnsafeRawPointer(current.ai_addr)
            switch current.ai_family {
            case AF_INET: addresses += address.map { [SocketAddress($0.load(as: sockaddr_in.self))] } ?? []
            case AF_INET6: addresses += address.map { [SocketAddress($0.load(as: sockaddr_in6.self))] } ?? []
            default: break
            }
            entry = current.ai_next
        }
        return addresses
    }

    /// Whether the address is one of the public internet; what is not known to be is not.
    static func isPublic(_ address: SocketAddress) -> Bool {
        switch address {
        case .v4(let address):
            return withUnsafeBytes(of: address.address.sin_addr) { isPublic(ipv4: Array($0)) }
        case .v6(let address):
            return withUnsafeBytes(of: address.address.sin6_addr) { isPublic(ipv6: Array($0)) }
        case .unixDomainSocket: return false
        }
    }

    /// Whether the address is one of this machine alone.
    static func isLoopback(_ address: SocketAddress) -> Bool {
        address.ipAddress.map { $0.hasPrefix("127.") || $0 == "::1" } ?? false
    }

    /// Without the blocks of RFC 6890: this host, private, shared, loopback, link-local, protocol, documentation,
    /// benchmarking, multicast and reserved ones.
    private static func isPublic(ipv4 bytes: [UInt8]) -> Bool {
        switch (bytes[0], bytes[1], bytes[2]) {
        case (0, _, _), (10, _, _), (127, _, _), (100, 64...127, _), (169, 254, _), (172, 16...31, _), (192, 168, _),
            (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 18...19, _), (198, 51, 100), (203, 0, 113), (224..., _, _):
            false
        default: true
        }
    }

    /// Global unicast alone (2000::/3), and of that not what carries an IPv4 address or is reserved (RFC 6890).
    private static func isPublic(ipv6 bytes: [UInt8]) -> Bool {
        guard bytes[0] & 0xE0 == 0x20 else { return false }
        switch (bytes[0], bytes[1], bytes[2], bytes[3]) {
        case (0x20, 0x01, 0x00...0x01, _), (0x20, 0x01, 0x0D, 0xB8), (0x20, 0x02, _, _): return false
        default: return true
        }
    }
}
