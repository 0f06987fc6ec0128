import Access
import Foundation

/// Makes access tokens with the hub's own key, beside the hub.
struct TokenMaker {
    let dataDirectory: String
    let publicURL: String

    /// What a client gets when it does not ask for less.
    static let defaultScope = "system/Immunization.cruds"

    /// What a command beside the hub sends files with: whoever holds the signing key acts for every supplier.
    static let operatorScope = "system/Immunization.cruds herald/admin.write"

    func make(client: String, scope: String, patient: String?) async throws -> String {
        guard let clientID = ClientID(client) else {
            throw CommandFailure("--client must be 1 to 255 visible characters without spaces")
        }
        var subject = TokenSubject.system
        if let patient {
            guard let number = PatientNumber(patient) else {
                throw CommandFailure("--patient must be a valid NHS number of ten digits")
            }
            subject = .patient(id: client, nhsNumber: number)
        }
        let mode = subject.mode
        for part in scope.split(separator: " ") {
            guard let parsed = Scope(part) else {
                throw CommandFailure(
                    "\(part) is not a scope; write e.g. system/Immunization.rs or patient/Immunization.rs"
                )
            }
            guard !Scopes([parsed]).restricted(to: mode).isEmpty else {
                throw CommandFailure(
                    mode == .patient
                        ? "\(part) counts for nothing with --patient; write patient/Immunization.rs"
                        : "\(part) counts for nothing without --patient; write e.g. system/Immunization.rs"
                )
            }
        }
        let issuer = TokenIssuer(
            keys: KeyRing(try SigningKeys.load(in: dataDirectory)),
            issuer: publicURL,
            audience: publicURL + "/FHIR/R4",
            now: { Date() }
        )
        let token = try await issuer.issue(
            client: clientID,
            scopes: Scopes(parsing: scope),
            subject: subject,
            // Whoever holds the signing key needs no registration beside it.
            isOperators: true
        )
        return token.text
    }
}
