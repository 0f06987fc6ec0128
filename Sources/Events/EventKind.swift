/// What happened to a record, as the event log names it (`design.md` §3, CloudEvents type).
package enum EventKind: Int16, Sendable, Hashable, CaseIterable {
    /// The record is new to Herald.
    case recorded = 1
    /// The record was replaced, or reinstated after a removal.
    case corrected = 2
    /// The record was marked as deleted; its last content stays on file.
    case removed = 3

    /// The kind in one word, as filters and event types have it.
    package var name: String {
        switch self {
        case .recorded: "recorded"
        case .corrected: "corrected"
        case .removed: "removed"
        }
    }

    /// The kind of this name.
    package init?(name: String) {
        guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = kind
    }

    /// The CloudEvents `type` of the event.
    package var cloudEventType: String { "uk.nhs.herald.vaccination.\(name)" }

    /// The kind with a CloudEvents `type`, if it is one of Herald's.
    package init?(cloudEventType: String) {
        guard let kind = Self.allCases.first(where: { $0.cloudEventType == cloudEventType }) else { return nil }
        self = kind
    }
}
