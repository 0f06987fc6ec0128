/// What a request did, with the codes of FHIR's restful-interaction value set where it has one (A-52, A-55).
package enum AuditInteraction: String, Hashable, Sendable, CaseIterable {
    case read
    case vread
    case history = "history-instance"
    case search = "search-type"
    case create
    case update
    case delete
    /// Anything else: a token, an operator's command, a delivery.
    case operation
}

extension AuditInteraction {
    /// `AuditEvent.action`: C, R, U, D or E.
    package var action: Character {
        switch self {
        case .create: "C"
        case .read, .vread, .history: "R"
        case .update: "U"
        case .delete: "D"
        case .search, .operation: "E"
        }
    }
}

/// How it ended, as `AuditEvent.outcome` says it (A-52).
package enum AuditOutcome: Int16, Hashable, Sendable, CaseIterable {
    case success = 0
    /// The request could not be served as it was sent.
    case clientFault = 4
    /// Herald failed.
    case serverFault = 8
    /// The caller was not known, or not allowed.
    case denied = 12

    /// What an HTTP status says.
    package init(status: Int) {
        self =
            switch status {
            case ..<400: .success
            case 401, 403: .denied
            case ..<500: .clientFault
            default: .serverFault
            }
    }
}
