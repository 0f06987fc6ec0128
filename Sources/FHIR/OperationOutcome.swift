package import Foundation

/// What FHIR answers instead of, or beside, a resource: errors and warnings (immunisation-history.md §9).
///
/// Diagnostics name the parameter, header or element at fault and never a patient.
package struct OperationOutcome: Hashable, Sendable {
    /// How bad it is.
    package enum Severity: String, Sendable {
        case fatal, error, warning, information
    }

    /// One thing to say.
    package struct Issue: Hashable, Sendable {
        /// How bad it is.
        package var severity: Severity
        /// What kind of issue it is.
        package var type: IssueType
        /// The code that clients of the national services look at; none with warnings.
        package var httpErrorCode: HTTPErrorCode?
        /// A sentence for people.
        package var diagnostics: String
        /// The elements at fault, as FHIRPath.
        package var expression: [String]
        /// Whether the sentence stands in `details.text`, where the guide on subscriptions has it, and no code with it.
        package var isDetail = false

        /// An issue; an error unless said otherwise.
        package init(
            _ type: IssueType,
            severity: Severity = .error,
            httpErrorCode: HTTPErrorCode? = nil,
            diagnostics: String,
            expression: [String] = []
        ) {
            self.severity = severity
            self.type = type
            self.httpErrorCode = httpErrorCode
            self.diagnostics = diagnostics
            self.expression = expression
        }
    }

    /// The id of this answer, by which it can be found again in the log.
    package var id: UUID
    /// What there is to say, at least one thing.
    package var issues: [Issue]

    /// An outcome of these issues.
    package init(id: UUID, issues: [Issue]) {
        self.id = id
        self.issues = issues
    }
}
