/// What the store holds under an identity before a row takes effect (csv-feed §6).
package enum RecordState: Sendable, Hashable {
    /// Nothing, ever.
    case unknown
    /// A record that queries show.
    case live(version: Int32)
    /// A record that was deleted: its content is kept and hidden.
    case deleted(version: Int32)

    /// The state after an effect that was decided on this state.
    ///
    /// Creating makes version 1, updating and reinstating the next one; deleting keeps the version.
    package func after(_ effect: RowEffect) -> RecordState {
        switch effect {
        case .created: .live(version: 1)
        case .updated, .reinstated: .live(version: version + 1)
        case .deleted: .deleted(version: version)
        case .rejected: self
        }
    }

    /// The latest version; 0 when there is none.
    package var version: Int32 {
        switch self {
        case .unknown: 0
        case .live(let version), .deleted(let version): version
        }
    }
}
