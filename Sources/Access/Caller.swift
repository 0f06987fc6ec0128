package import Foundation

/// Who makes a request and what they may do: a bearer token that passed A-20 rows 1 to 9.
package struct Caller: Hashable, Sendable {
    /// The client that was issued the token.
    package let clientID: ClientID
    /// `sub`: the client itself, or the identity provider's subject.
    package let subject: String
    /// On whose behalf the client acts.
    package let mode: AccessMode
    /// Only the scopes that count in `mode`.
    package let scopes: Scopes
    /// The patient a token of mode `patient` is bound to; `nil` in every other mode.
    package let nhsNumber: PatientNumber?
    /// What audit names the token by.
    package let tokenID: TokenID
    /// When the token ends; a response that goes on for longer should end with it.
    package let expires: Date
}

extension Caller {
    /// The caller as their client's registration leaves them: no scope beyond those registered (§11).
    ///
    /// A client that is not registered has the scopes of its token, because such a token can only have been made with the
    /// hub's own key by an operator; it acts for no supplier.
    ///
    /// - Throws: ``AccessError/disabledClient`` (A-20 row 10).
    package func registered(as client: RegisteredClient?) throws(AccessError) -> Caller {
        guard let client else { return self }
        guard client.isEnabled else { throw .disabledClient }
        return Caller(
            clientID: clientID,
            subject: subject,
            mode: mode,
            scopes: scopes.intersection(client.scopes),
            nhsNumber: nhsNumber,
            tokenID: tokenID,
            expires: expires
        )
    }

    /// What the caller may do with records of which vaccine types: what the client's registration says.
    ///
    /// A client without registration acts for nobody and may do nothing, except with an operator's token: that was made
    /// with the hub's own key, and looks and changes as far as its scopes go.
    package func permissions(_ registration: ClientRegistration?, isProduction: Bool) -> VaccinePermissions {
        if let registration { return registration.effectivePermissions(isProduction: isProduction) }
        return mode == .system && scopes.contains(.admin(.read)) ? .everything : .none
    }

    /// Throws 403 `insufficient_scope` unless the token covers the scope; a patient never writes, whatever the token
    /// says.
    package func require(_ scope: Scope) throws(AccessError) {
        guard scopes.contains(scope), !isWriteByPatient(scope) else { throw .insufficientScope(required: scope) }
    }

    /// Throws 403 unless the interactions are covered in the caller's own mode; what a route needs when any mode may
    /// use it.
    package func require(_ interactions: Interactions, on resourceType: String) throws(AccessError) {
        try require(.resource(mode, resourceType, interactions))
    }

    /// Whether this patient's records may be shown at all: everybody's to systems and workers, a patient's own to the
    /// patient.
    ///
    /// A refusal is 403 for a search and 404 for a read by id, so the caller of this function decides.
    package func mayRead(nhsNumber other: String) -> Bool {
        switch mode {
        case .system, .user: true
        case .patient: nhsNumber?.digits == other
        }
    }

    /// Throws 403 where ``mayRead(nhsNumber:)`` says no: for searches, which name their patient.
    package func requireReading(nhsNumber other: String) throws(AccessError) {
        guard mayRead(nhsNumber: other) else { throw .otherPatient }
    }

    private func isWriteByPatient(_ scope: Scope) -> Bool {
        guard mode == .patient, case .resource(_, _, let interactions) = scope else { return false }
        return !interactions.isSubset(of: [.read, .search])
    }
}
