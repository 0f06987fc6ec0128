/// What a client may do with national events: the properties that the Spine keeps for an accredited system (`nems.md` §4.5).
package struct EventRights: Hashable, Sendable {
    /// The kinds of subscription.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Of one patient.
        case explicit = "EXPLICIT"
        /// Of an area or a practice.
        case generic = "GENERIC"
    }

    /// Its accredited system id, 12 digits; nil for a system without one, whose requests need not state it.
    package var asid: String?
    /// The kinds of subscription it may make (`NEMS_SUBS_TYPE`).
    package var kinds: Set<Kind> = []
    /// The events it may subscribe to, as MESH workflows (`NEMS_EVENT_ID`).
    package var events: Set<String> = []
    /// The mailboxes it may name, each with the ODS code of its owner.
    package var mailboxes: [String: String] = [:]

    /// No rights.
    package init() {}

    /// Whether the text is an accredited system id (§2.2).
    package static func isASID(_ text: String) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
