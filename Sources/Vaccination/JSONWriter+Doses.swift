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
        if flat.isEmpty(.doseSequence) {
            raw(ImmunizationFragment.noDoseNumber)
        } else {
            doseNumber(flat)
        }
        close("}]")
    }

    /// A number that is too great is still one.
    private mutating func doseNumber(_ flat: FlatRecord) {
        switch flat.withField(.doseSequence, { DoseNumber($0) }) {
        case .valid(let number):
            name("doseNumberPositiveInt")
            raw { $0.appendDecimal(number, width: 1) }
        case .outOfRange:
            name("doseNumberPositiveInt")
            let digits = flat.bytes[flat.range(.doseSequence)].drop { $0 == UInt8(ascii: "0") }
            raw { $0.append(contentsOf: digits) }
        case .notPositive:
            text("doseNumberPositiveInt", flat, .doseSequence)
        }
    }

    private mutating func doseAmount(_ flat: FlatRecord) {
        let utf8 = flat.bytes.span.extracting(flat.range(.doseAmount))
        guard let amount = DoseAmount(utf8) else { return text("value", flat, .doseAmount) }
        name("value")
        raw { amount.appendJSON(utf8, to: &$0) }
    }
}
