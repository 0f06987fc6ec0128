package import Vaccination

/// What a checked row does to the store (csv-feed §6).
package enum RowEffect: Sendable, Hashable {
    /// The record is new: version 1.
    case created
    /// The whole record is replaced: next version.
    case updated
    /// A deleted record is live again, wholly replaced: next version, same id.
    case reinstated
    /// The record is hidden: same version.
    case deleted
    /// Nothing happens.
    case rejected(RowFinding)

    /// Decides what a row does.
    ///
    /// The file's own permission was checked with the row. A record may have been stored with another vaccine type, and
    /// the supplier must be allowed the action on that type too (csv-feed §2); what is not there or is there already
    /// comes first, as it is the same whoever asks.
    ///
    /// - Parameters:
    ///   - action: the row's action.
    ///   - state: the record's state, with the effects of all rows before.
    ///   - permittedOnStoredType: whether the supplier may do this with the stored record's type.
    ///   - identifier: the row's identity, for the text of a rejection.
    /// - Returns: the effect; ``RecordState/after(_:)`` tells the state it leads to.
    package static func decide(
        _ action: ActionFlag,
        on state: RecordState,
        permittedOnStoredType: Bool = true,
        identifier: @autoclosure () -> RecordIdentifier
    ) -> RowEffect {
        switch (action, state) {
        case (.new, .unknown): .created
        case (.new, .live): .rejected(.duplicate(identifier()))
        case (.update, .unknown), (.delete, .unknown), (.delete, .deleted): .rejected(.notFound(identifier()))
        case (.new, .deleted), (.update, .deleted): permittedOnStoredType ? .reinstated : .rejected(.noPermission)
        case (.update, .live): permittedOnStoredType ? .updated : .rejected(.noPermission)
        case (.delete, .live): permittedOnStoredType ? .deleted : .rejected(.noPermission)
        }
    }
}
