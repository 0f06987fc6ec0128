import FHIR

/// The contained Patient and Practitioner: the people as they were described at the vaccination
/// (immunization-mapping.md §1).
extension JSONWriter {
    mutating func contained(_ flat: FlatRecord, patient: Bool, practitioner: Bool) {
        guard patient || practitioner else { return }
        open(#""contained":["#)
        if patient { self.patient(flat) }
        if practitioner {
            raw(ImmunizationFragment.containedPractitioner)
            name(flat, given: .performingProfessionalForename, family: .performingProfessionalSurname)
            close("}")
        }
        close("]")
    }

    private mutating func patient(_ flat: FlatRecord) {
        raw(ImmunizationFragment.containedPatient)
        if !flat.isEmpty(.nhsNumber) {
            raw(ImmunizationFragment.nhsNumber)
            text("value", flat, .nhsNumber)
            close("}]")
        }
        name(flat, given: .personForename, family: .personSurname)
        gender(flat)
        date("birthDate", flat, .personDOB)
        if !flat.isEmpty(.personPostcode) {
            open(#""address":[{"#)
            text("postalCode", flat, .personPostcode)
            close("}]")
        }
        close("}")
    }

    /// The whole forename field is one given name, spaces included: the feed does not say where one ends.
    private mutating func name(_ flat: FlatRecord, given: FeedColumn, family: FeedColumn) {
        guard !flat.isEmpty(given) || !flat.isEmpty(family) else { return }
        open(#""name":[{"#)
        text("family", flat, family)
        if !flat.isEmpty(given) {
            open(#""given":["#)
            string(flat.bytes.span.extracting(flat.range(given)))
            close("]}]")
        } else {
            close("}]")
        }
    }

    private mutating func gender(_ flat: FlatRecord) {
        let utf8 = flat.bytes.span.extracting(flat.range(.personGenderCode))
        switch utf8.count == 1 ? Gender(code: utf8[0]) : nil {
        case .male: raw(#""gender":"male""#)
        case .female: raw(#""gender":"female""#)
        case .other: raw(#""gender":"other""#)
        case .unknown: raw(#""gender":"unknown""#)
        case nil: text("gender", flat, .personGenderCode)  // a word, which FHIR has as it is
        }
    }
}
