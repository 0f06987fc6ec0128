import FHIR

/// What the FHIR side offers; it must not advertise what the server refuses.
struct CapabilityStatement {
    let publicURL: String

    var json: JSONValue {
        [
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": "2026-11-22",
            "kind": "instance",
            "implementation": ["description": "Herald vaccination event hub", "url": .string(publicURL + "/FHIR/R4")],
            "fhirVersion": "4.0.1",
            "format": ["application/fhir+json"],
            "rest": [
                [
                    "mode": "server",
                    "resource": [
                        [
                            "type": "Immunization",
                            "profile": "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Immunization",
                            "interaction": [["code": "read"], ["code": "search-type"]],
                            "versioning": "versioned",
                            "readHistory": false,
                            "searchInclude": ["Immunization:patient"],
                            "searchParam": [
                                [
                                    "name": "patient.identifier",
                                    "definition": "http://hl7.org/fhir/SearchParameter/clinical-patient",
                                    "type": "token",
                                    "documentation": "https://fhir.nhs.uk/Id/nhs-number|NUMBER",
                                ]
                            ],
                        ]
                    ],
                ]
            ],
        ]
    }
}
