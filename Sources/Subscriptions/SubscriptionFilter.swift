package import Events
package import FHIR
import Foundation
package import Vaccination

/// What a subscription wants to hear of.
///
/// Clauses are joined by AND, the values of one clause by OR; no clause is everything. What is not known of an event or
/// its patient meets no clause that asks for it.
package struct SubscriptionFilter: Sendable, Hashable {
    /// Whether patients must be registered with a practice (`GPRegistration`, `nems.md` §4.3).
    package enum Registration: String, Sendable, Codable, CaseIterable {
        case registered, unregistered
    }

    /// The patients asked for.
    package var patients: Set<NHSNumber>
    /// The clauses that ask for texts; none of them is empty.
    private(set) package var texts: [FilterClause: Set<String>]
    package var registration: Registration?
    /// The kinds of event that make a subscription hear of a record for the first time; empty for all.
    package var kinds: Set<EventKind>
    /// Completed years when the event was committed.
    package var ages: [Bounds<Int>]
    /// Completed years on the day of the vaccination.
    package var vaccinationAges: [Bounds<Int>]
    /// The day of the vaccination.
    package var days: [Bounds<CivilDate>]

    package init(
        patients: Set<NHSNumber> = [],
        vaccineTypes: Set<String> = [],
        performers: Set<String> = [],
        registeredPractices: Set<String> = [],
        others: [FilterClause: Set<String>] = [:],
        registration: Registration? = nil,
        kinds: Set<EventKind> = [],
        ages: [Bounds<Int>] = [],
        vaccinationAges: [Bounds<Int>] = [],
        days: [Bounds<CivilDate>] = []
    ) {
        self.patients = patients
        texts = others.filter { !$0.value.isEmpty }
        self.registration = registration
        self.kinds = kinds
        self.ages = ages
        self.vaccinationAges = vaccinationAges
        self.days = days
        for (clause, values) in [
            (FilterClause.vaccineTypes, vaccineTypes), (.performers, performers),
            (.registeredPractices, registeredPractices),
        ] where !values.isEmpty {
            self[clause] = values
        }
    }

    /// The values of a clause; none where it is not asked for.
    package subscript(clause: FilterClause) -> Set<String> {
        get { texts[clause] ?? [] }
        set { texts[clause] = newValue.isEmpty ? nil : newValue }
    }

    /// Whether an event is in view: it meets every clause but that of ``kinds``, see ``EventMatch/wantsKind``.
    package func accepts(_ event: VaccinationEvent, patient: PatientDetails?) -> Bool {
        guard patients.isEmpty || event.attributes.nhsNumber.map(patients.contains) == true else { return false }
        for (clause, wanted) in texts where !clause.values(in: event, patient).contains(where: wanted.contains) {
            return false
        }
        return accepts(registrationOf: patient) && acceptsTimes(of: event, patient)
    }

    /// Whether the kind of event is asked for.
    package func accepts(_ kind: EventKind) -> Bool { kinds.isEmpty || kinds.contains(kind) }

    private func accepts(registrationOf patient: PatientDetails?) -> Bool {
        switch (registration, patient) {
        case (nil, _): true
        case (_, nil): false
        case (.registered, let patient?): patient.practice != nil
        case (.unregistered, let patient?): patient.practice == nil
        }
    }

    private func acceptsTimes(of event: VaccinationEvent, _ patient: PatientDetails?) -> Bool {
        let facts = event.attributes.facts
        let birthDate = facts?.birthDate ?? patient?.birthDate
        return Self.accepts(facts?.day, in: days)
            && Self.accepts(birthDate?.completedYears(on: event.day), in: ages)
            && Self.accepts(facts?.day.flatMap { birthDate?.completedYears(on: $0) }, in: vaccinationAges)
    }

    private static func accepts<Value>(_ value: Value?, in wanted: [Bounds<Value>]) -> Bool {
        wanted.isEmpty || value.map { value in wanted.contains { $0.contains(value) } } == true
    }
}

extension SubscriptionFilter {
    /// Whether the record's content has to be read to answer it.
    package var asksForFacts: Bool {
        !ages.isEmpty || !vaccinationAges.isEmpty || !days.isEmpty || texts.keys.contains(where: \.asksForFacts)
    }

    /// Whether it must be looked up where practice or home lie to answer it.
    package var asksForGeography: Bool { texts.keys.contains(where: \.asksForGeography) }
}

extension VaccinationEvent {
    /// The day on which it was committed, in UTC.
    fileprivate var day: CivilDate {
        CivilDate(daysSince1970: Int32(clamping: Int((committedAt.timeIntervalSince1970 / 86_400).rounded(.down))))
    }
}
