/// A person as the patient directory has them: the numbers their records may be filed under, and what may be shown.
package struct HistoryPerson: Sendable, Hashable {
    /// The number that counts today.
    package var current: NHSNumber
    /// Every number of the person, those that were superseded too.
    package var numbers: Set<NHSNumber>
    package var confidentiality: Confidentiality

    /// A person; one the directory does not know has one number and is unrestricted.
    package init(
        current: NHSNumber,
        formerly numbers: Set<NHSNumber> = [],
        confidentiality: Confidentiality = .unrestricted
    ) {
        self.current = current
        self.numbers = numbers.union([current])
        self.confidentiality = confidentiality
    }
}
