/// The canonical URLs of the Subscriptions R5 Backport guide (`fhir-subscriptions.md` §2).
package enum BackportURL {
    private static let base = "http://hl7.org/fhir/uv/subscriptions-backport/"
    private static let structures = base + "StructureDefinition/"

    package static let subscription = structures + "backport-subscription"
    package static let filter = structures + "backport-filter-criteria"
    package static let content = structures + "backport-payload-content"
    package static let heartbeat = structures + "backport-heartbeat-period"
    package static let timeout = structures + "backport-timeout"
    package static let maxCount = structures + "backport-max-count"
    package static let channelType = structures + "backport-channel-type"
    package static let topicList = structures + "capabilitystatement-subscriptiontopic-canonical"
    package static let identifier = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Subscription.identifier"
    package static let guide = base + "ImplementationGuide/hl7.fhir.uv.subscriptions-backport"
    package static let serverR4 = base + "CapabilityStatement/backport-subscription-server-r4"
    package static let serverR4B = base + "CapabilityStatement/backport-subscription-server"

    /// The definition of an operation, `status`, `events` or `resend`.
    package static func operation(_ name: String) -> String {
        base + "OperationDefinition/backport-subscription-\(name)"
    }
    /// The guide's own search parameter.
    package static func searchParameter(_ name: String) -> String { base + "SearchParameter/Subscription-\(name)" }
}
