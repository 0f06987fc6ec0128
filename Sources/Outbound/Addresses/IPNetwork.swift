/// A block of addresses, such as `10.0.0.0/8`.
package struct IPNetwork: Hashable, Sendable {
    let first: IPAddress
    let prefix: Int

    /// An address, a slash and the number of bits that count; an address alone is a block of one.
    ///
    /// Bits behind those that count must be zero: `10.1.2.3/8` is more likely a slip than a wish.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = IPAddress(parts[0]) else { return nil }
        let bits = first.bytes.count * 8
        let prefix = parts.count == 1 ? bits : Int(parts[1])
        guard let prefix, (0...bits).contains(prefix) else { return nil }
        self.first = first
        self.prefix = prefix
        guard first.bytes.indices.allSatisfy({ first.bytes[$0] & ~mask(of: $0) == 0 }) else { return nil }
    }

    /// Whether an address lies in the block; one of the other family never does.
    package func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == first.bytes.count else { return false }
        return first.bytes.indices.allSatisfy { address.bytes[$0] & mask(of: $0) == first.bytes[$0] }
    }

    private func mask(of index: Int) -> UInt8 {
        let bits = min(max(prefix - index * 8, 0), 8)
        return bits == 0 ? 0 : UInt8.max << UInt8(8 - bits)
    }
}

extension IPNetwork: CustomStringConvertible {
    package var description: String { "\(first)/\(prefix)" }
}
