/// What a token says of a healthcare worker: who, how well authenticated, in which roles.
package struct Worker: Hashable, Sendable {
    /// A role profile of the worker's smartcard: a job at an organisation.
    package struct Role: Hashable, Sendable {
        /// The role profile's id, which `NHSD-Session-URID` names.
        package let id: String
        /// ODS code of the organisation.
        package let organisation: String
        /// The national role code, `S…:G…:R…`.
        package let code: String
        /// RBAC activity codes, `B…`.
        package let activities: Set<String>
    }

    /// `sds_user_id`.
    package let userID: String?
    /// `aal`, the authentication assurance level; 0 where none is named.
    package let assurance: Int
    /// `roles`.
    package let roles: [Role]

    package init(userID: String?, assurance: Int, roles: [Role]) {
        self.userID = userID
        self.assurance = assurance
        self.roles = roles
    }
}

/// What a worker must show before a request is served.
package struct WorkerPolicy: Hashable, Sendable {
    /// The lowest `aal` that will do.
    package var minimumAssurance: Int
    /// Activity codes of which the session's role must have each.
    package var requiredActivities: Set<String>

    package init(minimumAssurance: Int = 2, requiredActivities: Set<String> = []) {
        self.minimumAssurance = minimumAssurance
        self.requiredActivities = requiredActivities
    }

    /// The role that the worker acts in: the one that the header names, or the only one there is.
    ///
    /// - Parameters:
    ///   - worker: The token's worker; nil where it says nothing of one.
    ///   - chosen: The values of all `NHSD-Session-URID` headers.
    /// - Returns: The role.
    /// - Throws: ``AccessError/worker(_:)``.
    func role(of worker: Worker?, chosen: [String]) throws(AccessError) -> Worker.Role {
        guard let worker, worker.assurance >= minimumAssurance else { throw .worker(.assurance) }
        let role: Worker.Role?
        switch chosen.count {
        case 0:
            guard worker.roles.count <= 1 else { throw .worker(.severalRoles) }
            role = worker.roles.first
        case 1: role = worker.roles.first { $0.id == chosen[0] }
        default: throw .worker(.severalRoles)
        }
        guard let role else { throw .worker(worker.roles.isEmpty ? .noRole : .otherRole) }
        guard requiredActivities.isSubset(of: role.activities) else { throw .worker(.activity) }
        return role
    }
}

/// Why a worker's request is refused.
package enum WorkerFault: String, Hashable, Sendable, CaseIterable {
    /// The worker was not authenticated strongly enough.
    case assurance
    /// The token holds no role.
    case noRole
    /// Several roles, and the request does not choose one.
    case severalRoles
    /// The chosen role is not one of the worker's.
    case otherRole
    /// The role lacks an activity.
    case activity
}

extension WorkerFault: CustomStringConvertible {
    /// One sentence for the caller.
    package var description: String {
        switch self {
        case .assurance: "The worker was not authenticated strongly enough (aal)."
        case .noRole: "The access token holds no role of the worker."
        case .severalRoles: "The worker has several roles: name one, once, in the header NHSD-Session-URID."
        case .otherRole: "The role in the header NHSD-Session-URID is not one of the worker's."
        case .activity: "The worker's role lacks an activity that this service requires."
        }
    }
}
