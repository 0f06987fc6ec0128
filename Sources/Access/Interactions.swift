/// What may be done with a resource: the letters of a SMART v2 scope.
package struct Interactions: OptionSet, Hashable, Sendable {
    /// One bit an interaction.
    package let rawValue: UInt8

    /// The interactions of these bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `c`.
    package static let create = Self(rawValue: 1)
    /// `r`: read by id, and history.
    package static let read = Self(rawValue: 2)
    /// `u`.
    package static let update = Self(rawValue: 4)
    /// `d`.
    package static let delete = Self(rawValue: 8)
    /// `s`.
    package static let search = Self(rawValue: 16)

    private static let letters: [(letter: Character, interaction: Self)] = [
        ("c", .create), ("r", .read), ("u", .update), ("d", .delete), ("s", .search),
    ]

    /// Parses letters in the order `cruds`, or SMART v1 `read` and `write`; another order is not a scope (§11).
    package init?(_ text: some StringProtocol) {
        switch text {
        case "read": self = [.read, .search]
        case "write": self = [.create, .update, .delete]
        default:
            self = []
            var rest = Self.letters[...]
            for character in text {
                guard let position = rest.firstIndex(where: { $0.letter == character }) else { return nil }
                insert(rest[position].interaction)
                rest = rest[(position + 1)...]
            }
            guard !isEmpty else { return nil }
        }
    }
}

extension Interactions: CustomStringConvertible {
    /// The letters in SMART's order.
    package var description: String {
        String(Self.letters.filter { contains($0.interaction) }.map(\.letter))
    }
}
