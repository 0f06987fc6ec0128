import FHIR

/// Small pieces of STU3 resources as JSON; what is nil is left out.
enum FHIRPart {
    static func object(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(JSONObject(members.compactMap { name, value in value.map { .init(name: name, value: $0) } }))
    }

    static func text(_ value: String?) -> JSONValue? { value.map(JSONValue.string) }

    static func meta(_ profile: String, version: Int? = nil, updated: String? = nil) -> JSONValue {
        object([
            "versionId": version.map { .string(String($0)) }, "lastUpdated": text(updated),
            "profile": [.string(profile)],
        ])
    }

    static func identifier(_ system: String, _ value: String) -> JSONValue {
        ["system": .string(system), "value": .string(value)]
    }

    /// An NHS number with what is known of it (`CareConnect-NHSNumberVerificationStatus-1`).
    static func verifiedNumber(_ digits: String, _ status: (code: String, display: String)) -> JSONValue {
        let name = "CareConnect-NHSNumberVerificationStatus-1"
        return [
            "extension": [
                [
                    "url": .string(DigitalMedicineProfile.careConnect + "Extension-\(name)"),
                    "valueCodeableConcept": concept(
                        "https://fhir.hl7.org.uk/STU3/CodeSystem/\(name)",
                        status.code,
                        status.display
                    ),
                ]
            ],
            "system": .string(FHIRSystem.nhsNumber),
            "value": .string(digits),
        ]
    }

    static func uuid(_ value: String) -> JSONValue { identifier("https://tools.ietf.org/html/rfc4122", value) }

    static func coding(_ system: String?, _ code: String?, _ display: String?) -> JSONValue {
        object(["system": text(system), "code": text(code), "display": text(display)])
    }

    static func concept(_ system: String?, _ code: String?, _ display: String?) -> JSONValue {
        ["coding": [coding(system, code, display)]]
    }

    static func reference(_ id: String, display: String? = nil) -> JSONValue {
        object(["reference": .string("urn:uuid:\(id)"), "display": text(display)])
    }

    static func entry(_ resource: JSONValue) -> JSONValue {
        object(["fullUrl": text(resource["id"]?.string.map { "urn:uuid:\($0)" }), "resource": resource])
    }
}

/// The profiles of the message (gp-digital-medicine.md §§3-7).
enum DigitalMedicineProfile {
    static let itk = "https://fhir.nhs.uk/STU3/StructureDefinition/"
    static let careConnect = "https://fhir.hl7.org.uk/STU3/StructureDefinition/"
}
