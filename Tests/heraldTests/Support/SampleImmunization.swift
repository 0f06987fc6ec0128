import FHIR
import Vaccination

/// Immunizations written by hand, for writing over HTTP.
enum SampleImmunization {
    static let system = "https://supplierABC/identifiers/vacc"
    static let patient = "9990548609"

    static func id(_ value: String) -> RecordID { RecordID(RecordIdentifier(system: system, value: value)) }

    /// A valid resource with some elements set or, with nil, taken out.
    static func make(
        _ value: String = "FLU-0001",
        id: String? = nil,
        nhsNumber: String = patient,
        with changes: [String: JSONValue?] = [:]
    ) -> JSONValue {
        var resource = flu(value, nhsNumber).object ?? JSONObject()
        if let id { resource["id"] = .string(id) }
        for (name, value) in changes { resource[name] = value }
        return .object(resource)
    }

    /// `targetDisease` of a vaccine type.
    static func protocolApplied(_ diseases: String...) -> JSONValue {
        [
            [
                "targetDisease": .array(
                    diseases.map { ["coding": [["system": "http://snomed.info/sct", "code": .string($0)]]] }
                ),
                "doseNumberPositiveInt": 1,
            ]
        ]
    }

    private static func flu(_ value: String, _ nhsNumber: String) -> JSONValue {
        [
            "resourceType": "Immunization",
            "contained": [
                [
                    "resourceType": "Practitioner", "id": "Pract1",
                    "name": [["family": "Nightingale", "given": ["Florence"]]],
                ],
                [
                    "resourceType": "Patient", "id": "Pat1",
                    "identifier": [["system": "https://fhir.nhs.uk/Id/nhs-number", "value": .string(nhsNumber)]],
                    "name": [["family": "O'Neill", "given": ["Mary"]]],
                    "gender": "female", "birthDate": "1965-02-28",
                    "address": [["postalCode": "LS8 4ED"]],
                ],
            ],
            "extension": [
                [
                    "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-VaccinationProcedure",
                    "valueCodeableConcept": [
                        "coding": [
                            [
                                "system": "http://snomed.info/sct", "code": "822851000000102",
                                "display": "Seasonal influenza vaccination",
                            ]
                        ]
                    ],
                ]
            ],
            "identifier": [["system": .string(system), "value": .string(value)]],
            "status": "completed",
            "vaccineCode": [
                "coding": [
                    ["system": "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "code": "NAVU"]
                ]
            ],
            "patient": ["reference": "#Pat1"],
            "occurrenceDateTime": "2025-01-14T09:15:30+00:00",
            "recorded": "2025-01-14",
            "primarySource": true,
            "location": [
                "identifier": ["system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "X99999"]
            ],
            "lotNumber": "4120Z001",
            "doseQuantity": [
                "value": .number("0.30"), "unit": "ml", "system": "http://unitsofmeasure.org", "code": "ml",
            ],
            "performer": [
                ["actor": ["reference": "#Pract1"]],
                [
                    "actor": [
                        "type": "Organization",
                        "identifier": ["system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "RVVKC"],
                    ]
                ],
            ],
            "protocolApplied": protocolApplied("6142004"),
        ]
    }
}
