package import Vaccination

/// What subscriptions look at: the snapshot of one version of a record.
package struct EventAttributes: Sendable, Hashable {
    /// Absent where the site did not know the number; such a record is matchable to no person (`csv-feed.md` §5.2).
    package var nhsNumber: NHSNumber?
    /// Short code of the vaccine type, such as `FLU`.
    package var vaccineType: String
    /// ODS code of the performing organisation, as sent.
    package var performer: String
    /// Supplier system of the action.
    package var supplier: String
    /// What stands in the record's content; nil until somebody has read it, for not every event is asked about it.
    package var facts: VaccinationFacts?

    package init(
        nhsNumber: NHSNumber?,
        vaccineType: String,
        performer: String,
        supplier: String,
        facts: VaccinationFacts? = nil
    ) {
        self.nhsNumber = nhsNumber
        self.vaccineType = vaccineType
        self.performer = performer
        self.supplier = supplier
        self.facts = facts
    }
}
