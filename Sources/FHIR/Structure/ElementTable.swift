/// The elements of the complex types, as FHIR R4 defines them.
enum ElementTable {
    /// The elements that are a type's own.
    static func own(_ type: StructureType) -> [String: ElementDefinition] {
        switch type {
        case .immunization: immunization
        case .patient: patient
        case .practitioner: ["name": .list(.humanName)]
        case .performer: ["function": .one(.codeableConcept), "actor": .one(.reference).required]
        case .protocolApplied: protocolApplied
        case .element: [:]
        case .meta: meta
        case .extension: ["url": .one(.uri).required].merging(extensionValues) { own, _ in own }
        case .identifier: identifier
        case .reference:
            [
                "reference": .one(.string), "type": .one(.uri), "identifier": .one(.identifier),
                "display": .one(.string),
            ]
        case .coding:
            [
                "system": .one(.uri), "version": .one(.string), "code": .one(.code), "display": .one(.string),
                "userSelected": .one(.boolean),
            ]
        case .codeableConcept: ["coding": .list(.coding), "text": .one(.string)]
        case .humanName: humanName
        case .address: address
        case .period: ["start": .one(.dateTime), "end": .one(.dateTime)]
        case .quantity: simpleQuantity.merging(["comparator": .one(.oneOf(["<", "<=", ">=", ">"]))]) { own, _ in own }
        case .simpleQuantity: simpleQuantity
        }
    }

    private static let immunization: [String: ElementDefinition] = [
        "meta": .one(.meta),
        "contained": ElementDefinition(content: .containedResource, isList: true),
        "extension": .list(.extension),
        "identifier": .list(.identifier),
        "status": .one(.oneOf(["completed", "entered-in-error", "not-done"])).required,
        "vaccineCode": .one(.codeableConcept).required,
        "patient": .one(.reference).required,
        "occurrenceDateTime": .choice("occurrence", .dateTime),
        "recorded": .one(.dateTime),
        "primarySource": .one(.boolean),
        "manufacturer": .one(.reference),
        "location": .one(.reference),
        "lotNumber": .one(.string),
        "expirationDate": .one(.date),
        "site": .one(.codeableConcept),
        "route": .one(.codeableConcept),
        "doseQuantity": .one(.simpleQuantity),
        "performer": .list(.performer),
        "reasonCode": .list(.codeableConcept),
        "protocolApplied": .list(.protocolApplied),
    ]

    private static let patient: [String: ElementDefinition] = [
        "identifier": .list(.identifier),
        "name": .list(.humanName),
        "gender": .one(.oneOf(["male", "female", "other", "unknown"])),
        "birthDate": .one(.date),
        "address": .list(.address),
    ]

    private static let protocolApplied: [String: ElementDefinition] = [
        "series": .one(.string),
        "authority": .one(.reference),
        "targetDisease": .list(.codeableConcept),
        "doseNumberPositiveInt": .choice("doseNumber", .positiveInt),
        "doseNumberString": .choice("doseNumber", .string),
        "seriesDosesPositiveInt": .choice("seriesDoses", .positiveInt),
        "seriesDosesString": .choice("seriesDoses", .string),
    ]

    private static let meta: [String: ElementDefinition] = [
        "versionId": .one(.id), "lastUpdated": .one(.instant), "source": .one(.uri), "profile": .list(.uri),
        "security": .list(.coding), "tag": .list(.coding),
    ]

    private static let identifier: [String: ElementDefinition] = [
        "use": .one(.oneOf(["usual", "official", "temp", "secondary", "old"])), "type": .one(.codeableConcept),
        "system": .one(.uri), "value": .one(.string), "period": .one(.period), "assigner": .one(.reference),
    ]

    private static let humanName: [String: ElementDefinition] = [
        "use": .one(.oneOf(["usual", "official", "temp", "nickname", "anonymous", "old", "maiden"])),
        "text": .one(.string), "family": .one(.string), "given": .list(.string), "prefix": .list(.string),
        "suffix": .list(.string), "period": .one(.period),
    ]

    private static let address: [String: ElementDefinition] = [
        "use": .one(.oneOf(["home", "work", "temp", "old", "billing"])),
        "type": .one(.oneOf(["postal", "physical", "both"])), "text": .one(.string), "line": .list(.string),
        "city": .one(.string), "district": .one(.string), "state": .one(.string), "postalCode": .one(.string),
        "country": .one(.string), "period": .one(.period),
    ]

    private static let simpleQuantity: [String: ElementDefinition] = [
        "value": .one(.decimal), "unit": .one(.string), "system": .one(.uri), "code": .one(.code),
    ]

    private static let extensionValues: [String: ElementDefinition] = {
        let primitives: [(String, PrimitiveType)] = [
            ("Base64Binary", .base64Binary), ("Boolean", .boolean), ("Canonical", .uri), ("Code", .code),
            ("Date", .date), ("DateTime", .dateTime), ("Decimal", .decimal), ("Id", .id), ("Instant", .instant),
            ("Integer", .integer), ("Markdown", .string), ("Oid", .uri), ("PositiveInt", .positiveInt),
            ("String", .string), ("Time", .time), ("UnsignedInt", .unsignedInt), ("Uri", .uri), ("Url", .uri),
            ("Uuid", .uri),
        ]
        let complex: [(String, StructureType)] = [
            ("Address", .address), ("CodeableConcept", .codeableConcept), ("Coding", .coding),
            ("HumanName", .humanName), ("Identifier", .identifier), ("Period", .period), ("Quantity", .quantity),
            ("Reference", .reference), ("Meta", .meta),
        ]
        let others = [
            "Age", "Annotation", "Attachment", "ContactPoint", "Count", "Distance", "Duration", "Money", "Range",
            "Ratio", "SampledData", "Signature", "Timing", "ContactDetail", "Contributor", "DataRequirement",
            "Expression", "ParameterDefinition", "RelatedArtifact", "TriggerDefinition", "UsageContext", "Dosage",
        ]
        var values: [String: ElementDefinition] = [:]
        for (name, type) in primitives { values["value" + name] = .choice("value", type) }
        for (name, type) in complex {
            values["value" + name] = ElementDefinition(content: .complex(type), choice: "value")
        }
        for name in others { values["value" + name] = ElementDefinition(content: .anyObject, choice: "value") }
        return values
    }()
}
