package import FHIR

/// What is wrong with a Subscription that a client sent (`fhir-subscriptions.md` §5.1).
package struct SubscriptionFinding: Sendable, Hashable {
    package var type: OperationOutcome.IssueType
    /// A sentence that names what is at fault and says what to do; never a value that may be a patient's.
    package var text: String
    /// The element, as FHIRPath.
    package var expression: String
    /// Whether the resource cannot be read at all (400), and not only not be kept (422).
    package var isMalformed: Bool

    package init(
        _ type: OperationOutcome.IssueType,
        _ text: String,
        at expression: String,
        isMalformed: Bool = false
    ) {
        self.type = type
        self.text = text
        self.expression = expression
        self.isMalformed = isMalformed
    }
}
