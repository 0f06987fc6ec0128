/// A set of rights; several scopes on one resource type add up (`system/Immunization.r` and `.s` are `.rs`).
package struct Scopes: Hashable, Sendable {
    private struct Target: Hashable {
        let mode: AccessMode
        let resourceType: String
    }

    private var resources: [Target: Interactions] = [:]
    private var admin: Set<Scope.AdminRight> = []

    /// The union of these scopes.
    package init(_ scopes: some Sequence<Scope>) {
        for scope in scopes { insert(scope) }
    }

    /// Parses a `scope` claim, words separated by spaces; words that are not scopes grant nothing and are left out.
    package init(parsing text: some StringProtocol) {
        self.init(text.split(separator: " ").compactMap { Scope($0) })
    }

    /// Whether nothing is granted.
    package var isEmpty: Bool { resources.isEmpty && admin.isEmpty }

    /// Adds a right to what is there already.
    package mutating func insert(_ scope: Scope) {
        switch scope {
        case .resource(let mode, let type, let interactions):
            resources[Target(mode: mode, resourceType: type), default: []].formUnion(interactions)
        case .admin(let right): admin.insert(right)
        }
    }

    /// Whether every interaction of the scope is granted.
    package func contains(_ scope: Scope) -> Bool {
        switch scope {
        case .resource(let mode, let type, let interactions):
            resources[Target(mode: mode, resourceType: type)]?.isSuperset(of: interactions) ?? false
        case .admin(let right): admin.contains(right)
        }
    }

    /// What both sides grant: a token's scopes and those registered for its client (§11).
    package func intersection(_ other: Self) -> Self {
        var result = Self([])
        for (target, interactions) in resources {
            let common = interactions.intersection(other.resources[target] ?? [])
            if !common.isEmpty { result.resources[target] = common }
        }
        result.admin = admin.intersection(other.admin)
        return result
    }

    /// Only what counts for a token of this mode (§11).
    package func restricted(to mode: AccessMode) -> Self {
        Self(list.filter { $0.counts(in: mode) })
    }

    /// The mode of a token that names none: the narrowest of its scopes, patient before user before system (§11).
    var narrowestMode: AccessMode {
        let modes = Set(resources.keys.map(\.mode))
        return [.patient, .user].first(where: modes.contains) ?? .system
    }

    /// One scope for each resource type and mode, sorted by its text.
    package var list: [Scope] {
        let all = resources.map { Scope.resource($0.key.mode, $0.key.resourceType, $0.value) } + admin.map(Scope.admin)
        return all.sorted { $0.description < $1.description }
    }
}

extension Scopes: CustomStringConvertible {
    /// The `scope` claim; the same rights give the same text.
    package var description: String { list.map(\.description).joined(separator: " ") }
}
