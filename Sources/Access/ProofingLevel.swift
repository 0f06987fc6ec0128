/// How well a person's identity was established (`auth.md` §4), the weakest first.
package enum ProofingLevel: String, Hashable, Sendable, CaseIterable, Comparable {
    /// E-mail address and telephone number only; grants nothing in Herald.
    case p0 = "P0"
    /// Details matched with a record of the Personal Demographics Service.
    case p5 = "P5"
    /// Photo identity compared with the person.
    case p9 = "P9"

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
