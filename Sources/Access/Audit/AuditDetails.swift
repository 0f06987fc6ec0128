/// What an audit record says besides what the trail is searched by; kept as one JSON text.
package struct AuditDetails: Hashable, Sendable, Codable {
    /// What was returned or changed.
    package var resources: [AuditedResource] = []

    // Where it came from.
    package var requestID: String?
    package var correlationID: String?
    package var sourceAddress: String?
    package var certificateSubject: String?
    /// `NHSD-End-User-Organisation-ODS`, as it was sent; it widens no access.
    package var endUserOrganisation: String?

    // Who.
    package var issuer: String?
    package var tokenID: String?
    package var mode: AccessMode?
    /// The client's name in its registration: whose system it is.
    package var clientName: String?
    package var suppliers: [String]?
    package var odsCodes: [String]?
    /// The identity provider's subject, for people.
    package var subject: String?
    package var sdsUserID: String?
    package var roleProfileID: String?
    /// The organisation of the role.
    package var roleOrganisation: String?
    package var authenticationLevel: Int?
    /// The NHS number of a patient's own token.
    package var tokenPatient: String?
    package var proofingLevel: String?
    package var vectorOfTrust: String?
    /// Who acts for the patient, where somebody does.
    package var actingSubject: String?

    // What.
    /// Method and path, or the command.
    package var endpoint: String?
    /// The parameters with the NHS number, as `name=value&…`.
    package var parameters: String?
    /// How many resources were returned or changed.
    package var count: Int?
    package var vaccineTypesAsked: [String]?
    package var vaccineTypesGranted: [String]?
    /// A restricted patient's records were redacted.
    package var isRedacted: Bool?
    /// A restricted patient's records were shown in full.
    package var isUnredacted: Bool?
    /// What an operator changed, in words without patients.
    package var change: String?

    // How it ended.
    /// `OperationOutcome.issue.code`, or `error` of the token endpoint.
    package var issueCode: String?
    package var milliseconds: Int?
    /// Which build of Herald wrote this.
    package var build: String?

    package init() {}
}
