/// A GP practice of the sample directory, with invented codes.
package struct SamplePractice: Hashable, Sendable {
    /// ODS code.
    package let code: String
    package let name: String
    package let postcode: String
    /// ODS code of the integrated care board's sub-location that the practice belongs to (nems, criterion CHO_GP_CCG).
    package let subLocationCode: String
}

/// An invented person with an NHS number of the synthetic 999 range, as the patient directory knows one.
package struct SamplePatient: Hashable, Sendable {
    package let nhsNumber: String
    package let person: SamplePerson
    /// ODS code of the registered practice; some have none.
    package let practiceCode: String?
    let cohort: SampleCohort
}

/// Makes the sample practices and patients.
struct SampleDirectory: Sendable {
    let practices: [SamplePractice]
    let patients: [SamplePatient]

    private static let sizes: [(cohort: SampleCohort, count: Int)] = [
        (.infant, 24), (.toddler, 40), (.adult, 36), (.elder, 54),
    ]
    // Every nineteenth patient is registered nowhere.
    private static let unregisteredEvery = 19

    init(today: SampleDay, random: inout SampleRandom) {
        let subLocations = ["99L", "99M", "99N"]
        practices = SampleNames.practices.enumerated().map { place, practice in
            SamplePractice(
                code: "H\(99_001 + place)",
                name: practice.name,
                postcode: practice.postcode,
                subLocationCode: subLocations[place % subLocations.count]
            )
        }
        var numbers = SampleNHSNumbers(from: random.below(900_000))
        var patients: [SamplePatient] = []
        for (cohort, count) in Self.sizes {
            for _ in 0..<count {
                let registered = patients.count % Self.unregisteredEvery != Self.unregisteredEvery - 1
                let practice = random.pick(practices)
                patients.append(
                    SamplePatient(
                        nhsNumber: numbers.next(),
                        person: .make(cohort: cohort, today: today, random: &random),
                        practiceCode: registered ? practice.code : nil,
                        cohort: cohort
                    )
                )
            }
        }
        self.patients = patients
    }

    /// The registered practice by NHS number.
    var practiceCodes: [String: String] {
        let registered = patients.compactMap { patient in patient.practiceCode.map { (patient.nhsNumber, $0) } }
        return Dictionary(registered) { first, _ in first }
    }
}
