/// An invented person as a feed describes one.
package struct SamplePerson: Hashable, Sendable {
    package let forename: String
    package let surname: String
    package let birthDate: SampleDay
    /// `1` male, `2` female, `9` other, `0` unknown (csv-feed §4).
    package let genderCode: String
    package let postcode: String
}

extension SamplePerson {
    /// Makes up a person of the age that `cohort` has today.
    static func make(cohort: SampleCohort, today: SampleDay, random: inout SampleRandom) -> Self {
        let days =
            switch cohort {
            case .infant: 150...350  // all three doses of the six-in-one lie behind them
            case .toddler: 760...1_500
            case .adult: 7_000...23_000
            case .elder: 27_800...33_000
            }
        let female = random.chance(51)
        return SamplePerson(
            forename: random.pick(female ? SampleNames.femaleForenames : SampleNames.maleForenames),
            surname: random.pick(SampleNames.surnames),
            birthDate: today - random.within(days),
            genderCode: female ? "2" : random.chance(96) ? "1" : "9",
            postcode: SampleNames.postcode(random: &random)
        )
    }
}
