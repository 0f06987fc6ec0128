/// The complex types of FHIR R4 that Herald takes over its API, with the elements it takes
/// (immunization-mapping.md §3.2 and §3.4).
package enum StructureType: String, CaseIterable, Sendable {
    case immunization = "Immunization"
    case patient = "Patient"
    case practitioner = "Practitioner"
    case performer = "Immunization.performer"
    case protocolApplied = "Immunization.protocolApplied"
    /// What every element has, and nothing else: what may stand beside a primitive.
    case element = "Element"
    case meta = "Meta"
    case `extension` = "Extension"
    case identifier = "Identifier"
    case reference = "Reference"
    case coding = "Coding"
    case codeableConcept = "CodeableConcept"
    case humanName = "HumanName"
    case address = "Address"
    case period = "Period"
    case quantity = "Quantity"
    /// A Quantity without a comparator.
    case simpleQuantity = "SimpleQuantity"

    /// Whether `resourceType` stands in it.
    var isResource: Bool {
        switch self {
        case .immunization, .patient, .practitioner: true
        default: false
        }
    }

    /// The elements by name.
    var elements: [String: ElementDefinition] { Self.tables[self] ?? [:] }

    /// Choices of which one element must stand.
    var requiredChoices: [String] {
        switch self {
        case .immunization: ["occurrence"]
        case .protocolApplied: ["doseNumber"]
        default: []
        }
    }

    private static let tables = Dictionary(
        uniqueKeysWithValues: allCases.map { type in
            (type, ElementTable.own(type).merging(common(type)) { own, _ in own })
        }
    )

    /// What every element has; `meta` belongs to a resource that stands alone, and contained ones have none.
    private static func common(_ type: StructureType) -> [String: ElementDefinition] {
        switch type {
        case .immunization, .patient, .practitioner: ["id": .one(.id)]
        case .performer, .protocolApplied:
            ["id": .one(.string), "extension": .list(.extension), "modifierExtension": .list(.extension)]
        default: ["id": .one(.string), "extension": .list(.extension)]
        }
    }
}
