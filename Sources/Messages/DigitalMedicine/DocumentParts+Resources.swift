import FHIR
import Vaccination

extension DocumentParts {
    var postcode: String? { record.patient["address"]?[0]?.filled("postalCode") }

    var patient: JSONValue {
        FHIRPart.object([
            "resourceType": "Patient",
            "id": .string(patientID),
            "meta": FHIRPart.meta(DigitalMedicineProfile.careConnect + "CareConnect-Patient-1"),
            "identifier": [
                FHIRPart.verifiedNumber(order.tracedNumber.digits, ("01", "Number present and verified"))
            ],
            "name": [record.patientName.json],
            "gender": FHIRPart.text(record.patient.filled("gender")),
            "birthDate": FHIRPart.text(record.patient.filled("birthDate")),
            "address": postcode.map { [["use": "home", "postalCode": .string($0)]] },
            "generalPractitioner": [FHIRPart.reference(practiceID)],
        ])
    }

    var practitioner: JSONValue {
        FHIRPart.object([
            "resourceType": "Practitioner",
            "id": .string(practitionerID),
            "meta": FHIRPart.meta(DigitalMedicineProfile.careConnect + "CareConnect-Practitioner-1"),
            // G-11: STU3 wants an author even where the record names nobody.
            "identifier": record.practitioner == nil
                ? [FHIRPart.identifier("https://fhir.nhs.uk/Id/sds-user-id", "UNK")] : nil,
            "name": record.practitioner.map { [$0.json] },
        ])
    }

    var immunization: JSONValue {
        FHIRPart.object([
            "resourceType": "Immunization",
            "id": .string(immunizationID),
            "meta": FHIRPart.meta(DigitalMedicineProfile.itk + "CareConnect-ITK-DM-Immunization-1"),
            "extension": .array([recordedExtension, record.procedureExtension].compactMap(\.self)),
            "identifier": [FHIRPart.identifier(record.identifier.system, record.identifier.value)],
            "status": "completed",
            "notGiven": .bool(!record.isGiven),
            "vaccineCode": record.product?.concept
                ?? FHIRPart.concept(RecordedVaccination.nullFlavor, "NAVU", "Not available"),
            "patient": FHIRPart.reference(patientID, display: record.patientName.display),
            "encounter": FHIRPart.reference(encounterID),
            "date": .string(DocumentTime.utc(record.occurrence)),
            "primarySource": record.resource["primarySource"],
            "location": record.isAbroad ? FHIRPart.reference(locationID) : nil,
            "manufacturer": manufacturer.map { FHIRPart.reference(manufacturerID, display: $0) },
            "lotNumber": FHIRPart.text(record.resource.filled("lotNumber")),
            "expirationDate": FHIRPart.text(record.resource.filled("expirationDate")),
            "site": record.resource["site"]?.snomedCoding?.concept,
            "route": record.resource["route"]?.snomedCoding?.concept,
            "doseQuantity": record.dose,
            "practitioner": [
                [
                    "role": FHIRPart.concept("http://hl7.org/fhir/v2/0443", "AP", "Administering Provider"),
                    "actor": FHIRPart.reference(practitionerID),
                ]
            ],
            "explanation": record.explanation,
        ])
    }

    private var recordedExtension: JSONValue? {
        record.recorded.map { day in
            [
                "url": .string(DigitalMedicineProfile.careConnect + "Extension-CareConnect-DateRecorded-1"),
                "valueDateTime": .string("\(day)T00:00:00+00:00"),
            ]
        }
    }

    var practice: JSONValue {
        organization(
            practiceID,
            FHIRPart.identifier(FHIRSystem.odsCode, order.practice.odsCode),
            order.practice.name
        )
    }

    var manufacturerOrganization: JSONValue? {
        manufacturer.map { organization(manufacturerID, nil, $0) }
    }

    var encounter: JSONValue {
        FHIRPart.object([
            "resourceType": "Encounter",
            "id": .string(encounterID),
            "meta": FHIRPart.meta(DigitalMedicineProfile.itk + "CareConnect-ITK-Encounter-1"),
            "status": "finished",
            "subject": FHIRPart.reference(patientID),
            "participant": [
                [
                    "type": [
                        FHIRPart.concept("http://hl7.org/fhir/v3/ParticipationType", "PPRF", "primary performer")
                    ],
                    "individual": FHIRPart.reference(practitionerID),
                ]
            ],
            "period": ["start": .string(DocumentTime.utc(record.occurrence))],
            "serviceProvider": FHIRPart.reference(providerID),
        ])
    }

    var serviceProvider: JSONValue {
        organization(providerID, FHIRPart.identifier(providerSystem, provider.odsCode), provider.name)
    }

    /// The country of a vaccination abroad (§7.6).
    var location: JSONValue? {
        guard record.isAbroad else { return nil }
        return FHIRPart.object([
            "resourceType": "Location",
            "id": .string(locationID),
            "meta": FHIRPart.meta(DigitalMedicineProfile.careConnect + "CareConnect-Location-1"),
            "identifier": [FHIRPart.identifier(record.site.system, record.site.code)],
            "name": FHIRPart.text(order.siteName),
        ])
    }

    private func organization(_ id: String, _ identifier: JSONValue?, _ name: String?) -> JSONValue {
        FHIRPart.object([
            "resourceType": "Organization",
            "id": .string(id),
            "meta": FHIRPart.meta(DigitalMedicineProfile.careConnect + "CareConnect-Organization-1"),
            "identifier": identifier.map { [$0] },
            "name": FHIRPart.text(name),
        ])
    }
}
