import FHIR

extension EventParts {
    var routingDemographics: JSONValue {
        get throws(DigitalMedicineError) {
            guard let birthDate = record.patient.filled("birthDate") else {
                throw .missing(element: "patient.birthDate")
            }
            return [
                "url": .string(EventProfile.nhs + "Extension-RoutingDemographics-1"),
                "extension": [
                    [
                        "url": "nhsNumber",
                        "valueIdentifier": FHIRPart.identifier(FHIRSystem.nhsNumber, try nhsNumber),
                    ],
                    ["url": "name", "valueHumanName": record.patientName.json],
                    ["url": "birthDateTime", "valueDateTime": .string(birthDate)],
                ],
            ]
        }
    }

    var messageEventType: JSONValue {
        [
            "url": .string(EventProfile.nhs + "Extension-MessageEventType-1"),
            "valueCodeableConcept": FHIRPart.concept(
                EventProfile.codes + "MessageEventType-1",
                order.type.rawValue,
                order.type.display
            ),
        ]
    }

    private var nhsNumber: String {
        get throws(DigitalMedicineError) {
            let identifiers = record.patient["identifier"]?.array ?? []
            let number = identifiers.first { $0["system"]?.string == FHIRSystem.nhsNumber }?.filled("value")
            guard let number else { throw .missing(element: "patient.identifier (NHS number)") }
            return number
        }
    }

    var patient: JSONValue {
        get throws(DigitalMedicineError) {
            FHIRPart.object([
                "resourceType": "Patient",
                "id": .string(patientID),
                "meta": FHIRPart.meta(DigitalMedicineProfile.careConnect + "CareConnect-Patient-1"),
                "identifier": [
                    FHIRPart.verifiedNumber(
                        try nhsNumber,
                        order.isTraced
                            ? ("01", "Number present and verified") : ("02", "Number present but not traced")
                    )
                ],
                "name": [record.patientName.json],
                "gender": FHIRPart.text(record.patient.filled("gender")),
                "birthDate": FHIRPart.text(record.patient.filled("birthDate")),
                "address": address.map { [$0] },
            ])
        }
    }

    private var address: JSONValue? {
        guard let address = record.patient["address"]?[0] else { return nil }
        let lines = (address["line"]?.array ?? []).compactMap(\.string).filter { !$0.allSatisfy(\.isWhitespace) }
        let city = address.filled("city")
        let postcode = address.filled("postalCode")
        guard !lines.isEmpty || city != nil || postcode != nil else { return nil }
        return FHIRPart.object([
            "use": "home", "line": lines.isEmpty ? nil : .array(lines.map(JSONValue.string)),
            "city": FHIRPart.text(city), "postalCode": FHIRPart.text(postcode),
        ])
    }

    var immunization: JSONValue {
        get throws(DigitalMedicineError) {
            guard let isPrimary = record.resource["primarySource"]?.bool else {
                throw .missing(element: "primarySource")
            }
            let resource = record.resource
            return FHIRPart.object([
                "resourceType": "Immunization",
                "id": .string(immunizationID),
                "meta": FHIRPart.meta(DigitalMedicineProfile.careConnect + "CareConnect-Immunization-1"),
                "extension": .array([recordedExtension, record.procedureExtension].compactMap(\.self)),
                "identifier": [FHIRPart.identifier(record.identifier.system, record.identifier.value)],
                "status": order.type == .delete ? "entered-in-error" : "completed",
                "notGiven": .bool(!record.isGiven),
                "vaccineCode": vaccineCode,
                "patient": FHIRPart.reference(patientID),
                "encounter": order.encounterType.map { _ in FHIRPart.reference(encounterID) },
                "date": .string(record.occurrenceText),
                "primarySource": .bool(isPrimary),
                "reportOrigin": isPrimary ? nil : resource["reportOrigin"]?.plainConcept,
                "location": place.map { _ in FHIRPart.reference(locationID) },
                "manufacturer": resource["manufacturer"]?.filled("display").map { ["display": .string($0)] },
                "lotNumber": FHIRPart.text(resource.filled("lotNumber")),
                "expirationDate": FHIRPart.text(resource.filled("expirationDate")),
                "site": resource["site"]?.snomedCoding?.concept,
                "route": resource["route"]?.snomedCoding?.concept,
                "doseQuantity": record.dose?.inUCUM,
                "practitioner": record.practitioner.map { _ in [["actor": FHIRPart.reference(practitionerID)]] },
                "explanation": record.explanation,
                "vaccinationProtocol": vaccinationProtocol.map { [$0] },
            ])
        }
    }

    private var recordedExtension: JSONValue? {
        record.resource.filled("recorded").map { recorded in
            [
                "url": .string(DigitalMedicineProfile.careConnect + "Extension-CareConnect-DateRecorded-1"),
                "valueDateTime": .string(recorded),
            ]
        }
    }

    /// Not given: there is no product (§5.3).
    private var vaccineCode: JSONValue {
        guard record.isGiven else { return FHIRPart.concept(RecordedVaccination.nullFlavor, "NA", "Not Applicable") }
        return record.product?.concept ?? FHIRPart.concept(RecordedVaccination.nullFlavor, "NAVU", "Not available")
    }

    /// The dose's number, where STU3 can carry it: with what it protects from (§5.3).
    private var vaccinationProtocol: JSONValue? {
        let diseases = (record.resource["protocolApplied"]?[0]?["targetDisease"]?.array ?? [])
            .compactMap(\.plainConcept)
        guard let number = record.doseNumber, !diseases.isEmpty else { return nil }
        return [
            "doseSequence": .number(String(number)), "targetDisease": .array(diseases),
            "doseStatus": FHIRPart.concept("http://hl7.org/fhir/vaccination-protocol-dose-status", "count", "Counts"),
        ]
    }
}

extension JSONValue {
    /// A CodeableConcept reduced to its codings, or else to its text.
    fileprivate var plainConcept: JSONValue? {
        let codings = codings
        guard codings.isEmpty else { return ["coding": .array(codings.map(\.json))] }
        return filled("text").map { ["text": .string($0)] }
    }

    /// A Quantity with the UCUM unit (§5.3) where it was recorded with a SNOMED CT unit that has one for certain.
    fileprivate var inUCUM: JSONValue {
        let units = [
            "258773002": ("milliliter", "mL"), "258684004": ("milligram", "mg"), "258685003": ("microgram", "ug"),
        ]
        guard self["system"]?.string == FHIRSystem.snomed, let unit = self["code"]?.string.flatMap({ units[$0] }) else {
            return self
        }
        return FHIRPart.object([
            "value": self["value"], "unit": .string(unit.0), "system": "http://unitsofmeasure.org",
            "code": .string(unit.1),
        ])
    }
}
