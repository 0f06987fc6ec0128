package import Vaccination

/// What a supplier may do with records of one vaccine type (csv-feed §2).
package struct FeedPermissions: OptionSet, Sendable, Hashable {
    /// One bit a permission.
    package let rawValue: UInt8

    /// A set of permissions.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Create, `C`.
    package static let create = FeedPermissions(rawValue: 1)
    /// Read, `R`.
    package static let read = FeedPermissions(rawValue: 2)
    /// Update, `U`.
    package static let update = FeedPermissions(rawValue: 4)
    /// Delete, `D`.
    package static let delete = FeedPermissions(rawValue: 8)
    /// Search, `S`.
    package static let search = FeedPermissions(rawValue: 16)
    /// All five, `CRUDS`.
    package static let all: FeedPermissions = [.create, .read, .update, .delete, .search]
    /// The three a feed can use.
    package static let rows: FeedPermissions = [.create, .update, .delete]

    /// Reads upper-case letters out of `CRUDS`, in any order; nil if there is any other character.
    package init?(letters: some StringProtocol) {
        var permissions: FeedPermissions = []
        for letter in letters {
            switch letter {
            case "C": permissions.insert(.create)
            case "R": permissions.insert(.read)
            case "U": permissions.insert(.update)
            case "D": permissions.insert(.delete)
            case "S": permissions.insert(.search)
            default: return nil
            }
        }
        self = permissions
    }

    /// Whether a row with this action may take effect.
    package func allows(_ action: ActionFlag) -> Bool {
        switch action {
        case .new: contains(.create)
        case .update: contains(.update)
        case .delete: contains(.delete)
        }
    }
}

extension FeedPermissions: CustomStringConvertible {
    /// The letters, in the order `CRUDS`.
    package var description: String {
        let letters: [(FeedPermissions, Character)] = [
            (.create, "C"), (.read, "R"), (.update, "U"), (.delete, "D"), (.search, "S"),
        ]
        return String(letters.filter { contains($0.0) }.map(\.1))
    }
}

extension Supplier {
    /// The permissions as the configuration writes them, by vaccine type.
    package var permissionTexts: [String] {
        permissions.sorted { $0.key < $1.key }.map { "\($0.key).\($0.value)" }
    }
}
