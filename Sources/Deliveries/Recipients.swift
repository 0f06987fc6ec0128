package import Access
package import Subscriptions

/// What a subscriber may be sent now (`fhir-subscriptions.md` §11).
package enum RecipientPermission: Sendable, Hashable {
    /// Records of these vaccine types; of others it is told that there was an event, and no content.
    case types(PermittedTypes)
    /// Nothing at all, for a reason that its owner may read.
    case nothing(because: String)

    /// The types whose content may be sent.
    var types: PermittedTypes {
        switch self {
        case .types(let types): types
        case .nothing: .only([])
        }
    }
}

/// Says what subscribers may be sent; asked before each notification, so it has to remember for a moment.
package protocol RecipientPolicy: Sendable {
    /// - Throws: What a store throws: to whom nothing is known nothing is sent.
    func permission(of subscription: Subscription) async throws -> RecipientPermission
}

/// Clients' registrations decide, as they do when a client asks for records itself (`auth.md` §11, §12).
///
/// A client that is switched off, that is not registered any more, whose scopes have no Subscription any more or that does not
/// work for the organisations of its filter gets nothing. What the hub and its operators made is sent whole.
package struct RegisteredRecipients: RecipientPolicy {
    /// Whose subscriptions are the hub's own: those it makes itself, and those of `herald subscriptions create`.
    package static let own: Set<String> = [Subscription.hubClient, "operator"]

    private let registrations: ClientRegistry
    private let isProduction: Bool

    /// - Parameters:
    ///   - registrations: Who is registered.
    ///   - isProduction: Whether permissions for the vaccine type `*` count for nothing.
    package init(registrations: ClientRegistry, isProduction: Bool) {
        self.registrations = registrations
        self.isProduction = isProduction
    }

    package func permission(of subscription: Subscription) async throws -> RecipientPermission {
        var registration: ClientRegistration?
        if let id = ClientID(subscription.client) { registration = try await registrations.registration(of: id) }
        guard let registration else {
            guard Self.own.contains(subscription.client) else {
                return .nothing(because: "the client is not registered")
            }
            return .types(.all)
        }
        let client = registration.client
        guard client.isEnabled else { return .nothing(because: "the client is switched off") }
        // Those that operators made for a client name no topic: the client needs no scope to have them.
        guard subscription.topic == nil || Self.mayHaveSubscriptions(client) else {
            return .nothing(because: "the client has no scope for Subscription any more")
        }
        guard Self.mayAsk(subscription.filter, for: client.odsCodes) else {
            return .nothing(because: "the client does not work for the organisations of its filter any more")
        }
        let types = registration.effectivePermissions(isProduction: isProduction).types(for: .read)
        guard types != .only([]) else { return .nothing(because: "the client may read no vaccine type any more") }
        return .types(types)
    }

    private static func mayHaveSubscriptions(_ client: RegisteredClient) -> Bool {
        [Interactions.read, .create, .update].contains {
            client.scopes.contains(.resource(.system, "Subscription", $0))
        }
    }

    /// Whether a client that works for named organisations asks for no others' patients or vaccinations.
    private static func mayAsk(_ filter: SubscriptionFilter, for organisations: Set<String>) -> Bool {
        guard !organisations.isEmpty, filter.patients.isEmpty else { return true }
        return [filter[.registeredPractices], filter[.performers]].contains {
            !$0.isEmpty && $0.isSubset(of: organisations)
        }
    }
}
