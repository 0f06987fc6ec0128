/// What may be done with records of a vaccine type: the letters of the permission table (`auth.md` §6).
package enum VaccineOperation: Character, Hashable, Sendable, CaseIterable {
    /// Add records.
    case create = "C"
    /// Read one record by id, and its history.
    case read = "R"
    /// Change records.
    case update = "U"
    /// Remove records.
    case delete = "D"
    /// Find a patient's records.
    case search = "S"

    /// Reads a letter of either case.
    init?(letter: Character) {
        guard let upper = letter.uppercased().first else { return nil }
        self.init(rawValue: upper)
    }
}
