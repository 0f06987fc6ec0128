/// The elements of FHIR STU3 that Herald writes, by type, in the order of the XML schema (gp-digital-medicine.md §7.8).
enum STU3ElementTable {
    /// What an element holds.
    enum Content: Hashable, Sendable {
        case primitive, xhtml, resource
        case complex(String)
    }

    /// One element of a type.
    struct Element: Hashable, Sendable {
        let name: String
        let content: Content
    }

    /// The elements of the resource type, in order; nil for a type that Herald does not write.
    static func elements(ofResource type: String) -> [Element]? { resources[type] }

    /// The elements of the data type, in order.
    static func elements(ofType type: String) -> [Element] { dataTypes[type] ?? [] }

    private static let resources = parse(resourceTexts)
    private static let dataTypes = parse(dataTypeTexts)

    /// `name` is a primitive, `name:Type` an element of that data type.
    private static func parse(_ texts: [String: String]) -> [String: [Element]] {
        texts.mapValues { text in
            text.split(whereSeparator: \.isWhitespace).map { word in
                let parts = word.split(separator: ":").map(String.init)
                guard parts.count == 2 else { return Element(name: parts[0], content: .primitive) }
                switch parts[1] {
                case "xhtml": return Element(name: parts[0], content: .xhtml)
                case "Resource": return Element(name: parts[0], content: .resource)
                default: return Element(name: parts[0], content: .complex(parts[1]))
                }
            }
        }
    }

    private static let domainResource = "id meta:Meta text:Narrative extension:Extension "

    private static let resourceTexts = [
        "Bundle": "id meta:Meta identifier:Identifier type entry:BundleEntry",
        "MessageHeader": domainResource
            + "event:Coding receiver:Reference sender:Reference timestamp source:MessageSource response:MessageResponse "
            + "focus:Reference",
        "Composition": domainResource
            + "identifier:Identifier status type:CodeableConcept subject:Reference encounter:Reference date "
            + "author:Reference title custodian:Reference relatesTo:RelatesTo section:Section",
        "Immunization": domainResource
            + "identifier:Identifier status notGiven vaccineCode:CodeableConcept patient:Reference encounter:Reference "
            + "date primarySource location:Reference manufacturer:Reference lotNumber expirationDate "
            + "site:CodeableConcept route:CodeableConcept doseQuantity:Quantity practitioner:ImmunizationPractitioner "
            + "explanation:Explanation",
        "Patient": domainResource
            + "identifier:Identifier name:HumanName gender birthDate address:Address generalPractitioner:Reference",
        "Practitioner": domainResource + "identifier:Identifier name:HumanName",
        "Organization": domainResource + "identifier:Identifier name",
        "Encounter": domainResource
            + "status subject:Reference participant:Participant period:Period serviceProvider:Reference",
        "Location": domainResource + "identifier:Identifier name",
    ]

    private static let dataTypeTexts = [
        "Meta": "versionId lastUpdated profile",
        "Narrative": "status div:xhtml",
        "Extension": "extension:Extension valueBoolean valueDateTime valueString valueCodeableConcept:CodeableConcept "
            + "valueCoding:Coding valueReference:Reference",
        "Identifier": "extension:Extension use system value",
        "Coding": "system code display",
        "CodeableConcept": "coding:Coding text",
        "Quantity": "value unit system code",
        "Reference": "reference identifier:Identifier display",
        "HumanName": "use family given",
        "Address": "use postalCode",
        "Period": "start end",
        "BundleEntry": "fullUrl resource:Resource",
        "MessageSource": "endpoint",
        "MessageResponse": "identifier code details:Reference",
        "RelatesTo": "code targetIdentifier:Identifier",
        "Section": "title code:CodeableConcept text:Narrative entry:Reference",
        "ImmunizationPractitioner": "role:CodeableConcept actor:Reference",
        "Explanation": "reason:CodeableConcept reasonNotGiven:CodeableConcept",
        "Participant": "type:CodeableConcept period:Period individual:Reference",
    ]
}
