/// Who gets a vaccine in the sample feeds, by age.
enum SampleCohort: CaseIterable, Sendable {
    case infant, toddler, adult, elder
}

/// A code with its term.
struct SampleCode: Sendable {
    let code, term: String

    init(_ code: String, _ term: String) {
        self.code = code
        self.term = term
    }
}

/// A vaccine product: dm+d code and term, and who makes it.
struct SampleProduct: Sendable {
    let code, term, manufacturer: String
}

/// What the sample feeds of one vaccine type are made from.
///
/// The codes are those of the national test data; what is combined with what is invented and no clinical guidance.
package struct SampleVaccine: Sendable {
    /// The vaccine type as file names and permissions have it, such as `FLU`.
    package let type: String
    /// The ODS code that the feed is sent under, which its supplier has the permission for.
    package let senderCode: String
    /// The system of the unique ids that the supplier gives.
    package let uniqueIDURI: String
    /// The procedure of dose 1, 2 …; the last one also stands for all later doses.
    let procedures: [SampleCode]
    let products: [SampleProduct]
    let bodySites: [SampleCode]
    /// Millilitres, as written in the feed.
    let doseAmount: String
    let doses: ClosedRange<Int>
    let cohorts: [SampleCohort]
    /// Rows of the demonstration's feed.
    let rows: Int
    /// How many of them have no NHS number.
    let unnumberedRows: Int

    /// The procedure for a dose of this number.
    func procedure(dose: Int) -> SampleCode {
        procedures[min(dose, procedures.count) - 1]
    }

    static let arms = [
        SampleCode("368208006", "Left upper arm structure"), SampleCode("368209003", "Right upper arm structure"),
    ]
    static let thighs = [
        SampleCode("61396006", "Structure of left thigh"), SampleCode("11207009", "Structure of right thigh"),
    ]
}
