/// One right in SMART v2 syntax, `<context>/<Resource>.<cruds>`, or one of Herald's own for operators (§11).
package enum Scope: Hashable, Sendable {
    /// Interactions with a FHIR resource type on behalf of a system, worker or patient.
    case resource(AccessMode, String, Interactions)
    /// The operations API, `herald/admin.read` and `herald/admin.write`.
    case admin(AdminRight)

    /// What an operator may do.
    package enum AdminRight: String, Hashable, Sendable, CaseIterable {
        /// See everything operators see.
        case read
        /// Change what operators may change.
        case write
    }

    /// Fails for whatever is not exactly a scope of §11: other letter case or order, wildcards and filters grant
    /// nothing.
    package init?(_ text: some StringProtocol) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2 else { return nil }
        let parts = halves[1].split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        if halves[0] == "herald", parts[0] == "admin", let right = AdminRight(rawValue: String(parts[1])) {
            self = .admin(right)
        } else if let mode = AccessMode(rawValue: String(halves[0])), Self.isResourceType(parts[0]),
            let interactions = Interactions(parts[1])
        {
            self = .resource(mode, String(parts[0]), interactions)
        } else {
            return nil
        }
    }

    /// A FHIR type name starts with a capital and holds ASCII letters only.
    private static func isResourceType(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, (0x41...0x5A).contains(first) else { return false }
        return text.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
    }

    /// Whether a token of this mode may use the scope: only scopes of its own mode count, and patients operate nothing.
    func counts(in mode: AccessMode) -> Bool {
        switch self {
        case .resource(let own, _, _): own == mode
        case .admin: mode != .patient
        }
    }
}

extension Scope: CustomStringConvertible {
    /// The scope in its canonical spelling.
    package var description: String {
        switch self {
        case .resource(let mode, let type, let interactions): "\(mode.rawValue)/\(type).\(interactions)"
        case .admin(let right): "herald/admin.\(right.rawValue)"
        }
    }
}
