/// How the hub and what it depends on are, as `/_status` answers it (`immunisation-history.md` §11).
package struct HealthReport: Sendable, Hashable, Codable {
    /// What a check or all of them came to.
    package enum Status: String, Sendable, Codable {
        case pass, warn, fail
    }

    /// What one check found.
    package struct Check: Sendable, Hashable, Codable {
        package struct Links: Sendable, Hashable, Codable {
            package var `self`: String

            package init(self link: String) { self.`self` = link }
        }

        /// `pass` or `fail`.
        package var status: Status
        /// Whether it was given up.
        package var timeout: String
        /// As an HTTP service would have answered.
        package var responseCode: Int
        /// For people; never a secret or a patient's data.
        package var outcome: String
        package var links: Links

        package init(isFine: Bool, isTimeout: Bool = false, outcome: String, link: String) {
            status = isFine ? .pass : .fail
            timeout = isTimeout ? "true" : "false"
            responseCode = isFine ? 200 : isTimeout ? 504 : 503
            self.outcome = outcome
            links = Links(self: link)
        }
    }

    /// The check without which nothing works.
    package static let database = "postgresql"

    package var status: Status
    package var version: String
    package var revision: String
    package var releaseId: String
    package var commitId: String
    package var checks: [String: Check]

    /// `fail` without the database, `warn` for anything else.
    package init(build: BuildIdentity, checks: [String: Check]) {
        version = build.version
        revision = build.revision
        releaseId = build.releaseId
        commitId = build.commitId
        self.checks = checks
        let failed = checks.filter { $0.value.status == .fail }
        status = failed[Self.database] != nil ? .fail : failed.isEmpty ? .pass : .warn
    }
}

/// Which build answers: deployments ask until the new one does.
package struct BuildIdentity: Sendable, Hashable, Codable {
    package var version: String
    package var revision = ""
    package var releaseId = ""
    package var commitId = ""

    package init(version: String) { self.version = version }
}
