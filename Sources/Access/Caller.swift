package import Foundation

/// Who makes a request and what they may do: a bearer token that passed A-20 rows 1 to 9, and after
/// ``registered(as:showing:policy:)`` also rows 10, 11 and 13.
package struct Caller: Hashable, Sendable {
    /// `iss`: who issued the token.
    package let issuer: String
    /// The client that was issued the token.
    package let clientID: ClientID
    /// `sub`: the client itself, or the identity provider's subject.
    package let subject: String
    /// On whose behalf the client acts.
    package let mode: AccessMode
    /// Only the scopes that count in `mode`.
    package private(set) var scopes: Scopes
    /// The patient a token of mode `patient` is bound to; `nil` in every other mode.
    package let nhsNumber: PatientNumber?
    /// How strongly the patient was authenticated; `nil` in every other mode.
    package let vectorOfTrust: VectorOfTrust?
    /// What the token says of a healthcare worker; `nil` in every other mode.
    package let worker: Worker?
    /// The role in which the worker makes this request.
    package private(set) var role: Worker.Role?
    /// What audit names the token by.
    package let tokenID: TokenID
    /// When the token ends; a response that goes on for longer should end with it.
    package let expires: Date
    /// `cnf.x5t#S256` of the token.
    private let certificateThumbprint: String?
    /// Whether an operator made the token with the hub's own key.
    private let isOperators: Bool
    /// What the token covers but the caller may not use, and why: row 13 comes after row 12.
    private var withheld: Withheld?

    private struct Withheld: Hashable {
        let scopes: Scopes
        let reason: AccessError
    }

    init(_ token: AccessToken) {
        issuer = token.issuer
        clientID = token.clientID
        subject = token.subject
        mode = token.mode
        scopes = token.scopes
        nhsNumber = token.mode == .patient ? token.nhsNumber : nil
        vectorOfTrust = token.mode == .patient ? token.vectorOfTrust : nil
        worker = token.worker
        tokenID = token.tokenID
        expires = token.expires
        certificateThumbprint = token.certificateThumbprint
        isOperators = token.isOperators
    }
}

/// What a request shows beside its token.
package struct Presentation: Hashable, Sendable {
    /// The client's certificate, where the listener asks for one.
    package var certificate: ClientCertificate?
    /// The values of all `NHSD-Session-URID` headers: the worker's role in this session.
    package var sessionRoles: [String]

    package init(certificate: ClientCertificate? = nil, sessionRoles: [String] = []) {
        self.certificate = certificate
        self.sessionRoles = sessionRoles
    }
}

extension Caller {
    /// The caller as their client's registration leaves them: no scope beyond those registered (§11), the certificate the
    /// right one, and nothing to be had where the mode's rules do not hold.
    ///
    /// A client that is not registered has the scopes of its token if an operator made that with the hub's own key
    /// (`herald token`); it acts for no supplier.
    ///
    /// - Parameters:
    ///   - client: The registration; nil where there is none.
    ///   - shown: What the request shows beside its token.
    ///   - policy: What workers must show.
    /// - Returns: The caller with what is left to them.
    /// - Throws: ``AccessError`` of rows 10 and 11; row 13 is refused by ``require(_:)``, after row 12.
    package func registered(
        as client: RegisteredClient?,
        showing shown: Presentation = Presentation(),
        policy: WorkerPolicy = WorkerPolicy()
    ) throws(AccessError) -> Caller {
        guard client != nil || isOperators else { throw .unknownClient }
        guard client?.isEnabled ?? true else { throw .disabledClient }
        try checkCertificate(shown.certificate?.thumbprint, client)
        var caller = self
        if let client { caller.scopes = scopes.intersection(client.scopes) }
        do throws(AccessError) {
            switch mode {
            case .system: break
            case .patient: try checkIdentity(minimum: client?.minimumProofing ?? .p9)
            case .user: caller.role = try policy.role(of: worker, chosen: shown.sessionRoles)
            }
        } catch {
            // Nothing is left that somebody could use by asking another way.
            caller.withheld = Withheld(scopes: caller.scopes, reason: error)
            caller.scopes = Scopes([])
        }
        return caller
    }

    /// Row 11: a bound token is good with its certificate only, and so is every token of a client with certificates.
    private func checkCertificate(_ shown: String?, _ client: RegisteredClient?) throws(AccessError) {
        if let certificateThumbprint, certificateThumbprint != shown { throw .certificate }
        guard let registered = client?.certificateThumbprints, !registered.isEmpty else { return }
        guard let shown, registered.contains(shown) else { throw .certificate }
    }

    /// a patient's token says who the patient is, and how well that was established.
    private func checkIdentity(minimum: ProofingLevel) throws(AccessError) {
        guard nhsNumber != nil, let vectorOfTrust, vectorOfTrust.level >= minimum else { throw .insufficientIdentity }
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
        guard !isWriteByPatient(scope) else { throw .insufficientScope(required: scope) }
        if scopes.contains(scope) { return }
        guard let withheld, withheld.scopes.contains(scope) else { throw .insufficientScope(required: scope) }
        throw withheld.reason
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
