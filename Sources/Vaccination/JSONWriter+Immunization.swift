import FHIR

/// The elements of an Immunization, one method an element (immunization-mapping.md §1).
extension JSONWriter {
    mutating func vaccinationProcedure(_ flat: FlatRecord) {
        guard flat.hasAny(of: .vaccinationProcedureCode ... .vaccinationProcedureTerm) else { return }
        raw(ImmunizationFragment.vaccinationProcedure)
        text("code", flat, .vaccinationProcedureCode)
        text("display", flat, .vaccinationProcedureTerm)
        close("}]}}]")
    }

    mutating func identifier(_ flat: FlatRecord) {
        open(#""identifier":[{"#)
        text("system", flat, .uniqueIDURI)
        text("value", flat, .uniqueID)
        close("}]")
    }

    /// FHIR demands a vaccine code, so a record without one says so.
    mutating func vaccineCode(_ flat: FlatRecord) {
        guard flat.hasAny(of: .vaccineProductCode ... .vaccineProductTerm) else {
            return raw(ImmunizationFragment.noVaccineCode)
        }
        let start = ImmunizationFragment.vaccineCode
        concept(startingWith: start, flat, code: .vaccineProductCode, term: .vaccineProductTerm)
    }

    mutating func primarySource(_ flat: FlatRecord) {
        if flat.withField(.primarySource, { ASCIIWord.matches($0, "true") }) {
            raw(#""primarySource":true"#)
        } else if flat.withField(.primarySource, { ASCIIWord.matches($0, "false") }) {
            raw(#""primarySource":false"#)
        } else {
            text("primarySource", flat, .primarySource)
        }
    }

    mutating func location(_ flat: FlatRecord) {
        guard flat.hasAny(of: .locationCode ... .locationCodeTypeURI) else { return }
        open(#""location":{"identifier":{"#)
        text("system", flat, .locationCodeTypeURI)
        text("value", flat, .locationCode)
        close("}}")
    }

    mutating func manufacturer(_ flat: FlatRecord) {
        guard !flat.isEmpty(.vaccineManufacturer) else { return }
        open(#""manufacturer":{"#)
        text("display", flat, .vaccineManufacturer)
        close("}")
    }

    mutating func performer(_ flat: FlatRecord, practitioner: Bool) {
        let hasSite = flat.hasAny(of: .siteCode ... .siteCodeTypeURI)
        guard hasSite || practitioner else { return }
        open(#""performer":["#)
        if hasSite {
            open(#"{"actor":{"type":"Organization","identifier":{"#)
            text("system", flat, .siteCodeTypeURI)
            text("value", flat, .siteCode)
            close("}}}")
        }
        if practitioner { raw(ImmunizationFragment.practitioner) }
        close("]")
    }

    mutating func reasonCode(_ flat: FlatRecord) {
        guard !flat.isEmpty(.indicationCode) else { return }
        raw(ImmunizationFragment.reasonCode)
        text("code", flat, .indicationCode)
        close("}]}]")
    }
}
