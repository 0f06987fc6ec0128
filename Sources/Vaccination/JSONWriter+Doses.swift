import FHIR

/// What was given, as numbers: the amount and which dose it was (immunization-mapping.md §1).
extension JSONWriter {
    mutating func doseQuantity(_ flat: FlatRecord) {
        guard flat.hasAny(of: .doseAmount ... .doseUnitTerm) else { return }
        open(#""doseQuantity":{"#)
        doseAmount(flat)
        text("unit", flat, .doseUnitTerm)
        if !flat.isEmpty(.doseUnitCode) {
            // SNOMED CT even where the code is text such as `ml`: that is what the national service writes.
            member("system", FHIRSystem.snomed)
            text("code", flat, .doseUnitCode)
        }
        close("}")
    }

    /// One of the two dose elements always exists; FHIR demands it.
    mutating func protocolApplied(_ flat: FlatRecord, targetDisease: [UInt8]) {
        open(#""protocolApplied":[{"targetDisease":"#)
        raw(targetDisease)
        let utf8 = flat.bytes.span.extracting(flat.range(.doseSequence))
        if utf8.isEmpty {
            raw(ImmunizationFragment.noDoseNumber)
        } else if let number = utf8.decimal(at: 0, count: utf8.count), utf8.count <= 2, (1...9).contains(number) {
            name("doseNumberPositiveInt")
            raw { $0.appendDecimal(number, width: 1) }
        } else {
            text("doseNumberPositiveInt", flat, .doseSequence)
        }
        close("}]")
    }

    private mutating func doseAmount(_ flat: FlatRecord) {
        let utf8 = flat.bytes.span.extracting(flat.range(.doseAmount))
        guard DoseAmount.isValid(utf8) else { return text("value", flat, .doseAmount) }
        name("value")
        raw { _ = DoseAmount.appendJSON(utf8, to: &$0) }
    }
}
