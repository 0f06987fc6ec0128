package import Foundation

/// Who did what to whose records, when, and how it ended: one row of the audit trail.
///
/// It names a patient and no more of them than the number; tokens, assertions, secrets, bodies, names and addresses have no
/// place here.
@dynamicMemberLookup package struct AuditRecord: Hashable, Sendable {
    /// Names this record for ever.
    package let eventID: UUID
    /// When the request came, in UTC, whole milliseconds.
    package let recorded: Date

    // What the trail is searched by; each has a column of its own.
    /// Whose records were asked for or changed: the number that was asked, else that of the record, else that of the token.
    package var patient: PatientNumber?
    /// `client_id`, or who an operator is.
    package var client: String?
    package var interaction = AuditInteraction.operation
    package var outcome = AuditOutcome.success
    /// HTTP status; nil for what is no request.
    package var status: Int?
    /// Everything else; its members can be named as the record's own.
    package var details = AuditDetails()

    package init(eventID: UUID = UUID(), recorded: Date) {
        self.eventID = eventID
        self.recorded = Date(timeIntervalSince1970: (recorded.timeIntervalSince1970 * 1000).rounded() / 1000)
    }

    package subscript<Value>(dynamicMember member: WritableKeyPath<AuditDetails, Value>) -> Value {
        get { details[keyPath: member] }
        set { details[keyPath: member] = newValue }
    }
}

extension AuditRecord {
    /// Takes down who asks, as far as a token and the client's registration say it.
    package mutating func note(_ caller: Caller, _ registered: RegisteredClient?) {
        client = caller.clientID.rawValue
        details.tokenID = caller.tokenID.rawValue
        details.mode = caller.mode
        if caller.mode != .system { details.subject = caller.subject }
        details.issuer = caller.issuer
        details.sdsUserID = caller.worker?.userID
        details.authenticationLevel = caller.worker?.assurance
        details.roleProfileID = caller.role?.id
        details.roleOrganisation = caller.role?.organisation
        details.vectorOfTrust = caller.vectorOfTrust?.rawValue
        details.proofingLevel = caller.vectorOfTrust?.level.rawValue
        details.tokenPatient = caller.nhsNumber?.digits
        patient = patient ?? caller.nhsNumber
        if let registered {
            details.clientName = registered.name.isEmpty ? nil : registered.name
            details.suppliers = registered.suppliers.isEmpty ? nil : registered.suppliers.sorted()
            details.odsCodes = registered.odsCodes.isEmpty ? nil : registered.odsCodes.sorted()
        }
    }
}
