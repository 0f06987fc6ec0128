import Glibc

extension HubContext {
    /// What requests of one source are counted by: its IPv4 address, or the first half of an IPv6 address, of which one
    /// customer has all the rest.
    var addressKey: String { sourceAddress.map(AddressKey.of) ?? "unknown" }
}

/// What the requests of an address are counted by.
enum AddressKey {
    static func of(_ address: String) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, address, &bytes) == 1 else { return address }
        // ::ffff:a.b.c.d is an IPv4 address.
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            return bytes[12...].map { String($0) }.joined(separator: ".")
        }
        return bytes[..<8].map { String($0, radix: 16) }.joined(separator: ":")
    }
}
