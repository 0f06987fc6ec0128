import FHIR
import Foundation

/// One event message in the making: the record, the order, and the ids by which its resources name each other.
struct EventParts {
    let record: RecordedVaccination
    let order: EventOrder
    let immunizationID, patientID, organizationID, encounterID, practitionerID, locationID: String
    private let otherIDs: (service: String, role: String)

    init(_ record: RecordedVaccination, _ order: EventOrder, _ makeID: () -> UUID) {
        self.record = record
        self.order = order
        immunizationID = makeID().lowercaseText
        patientID = makeID().lowercaseText
        organizationID = makeID().lowercaseText
        encounterID = makeID().lowercaseText
        practitionerID = makeID().lowercaseText
        locationID = makeID().lowercaseText
        otherIDs = (makeID().lowercaseText, makeID().lowercaseText)
    }

    /// The organisation must have a name (§5.3): where none is known its code is what people know it by.
    var organisationName: String { order.organisationName ?? provider.name ?? provider.odsCode }

    /// A country vaccinates nobody; the desk that the GP document names stands for the site, the country is a Location.
    private var provider: DocumentOrder.Practice {
        record.isAbroad ? DocumentSender.deskForAbroad : .init(odsCode: record.site.code)
    }

    var organization: JSONValue {
        FHIRPart.object([
            "resourceType": "Organization",
            "id": .string(organizationID),
            "meta": FHIRPart.meta(DigitalMedicineProfile.careConnect + "CareConnect-Organization-1"),
            "identifier": [
                FHIRPart.identifier(record.isAbroad ? FHIRSystem.odsCode : record.site.system, provider.odsCode)
            ],
            "name": .string(organisationName),
        ])
    }

    var healthcareService: JSONValue? {
        guard let setting = order.careSetting else { return nil }
        return FHIRPart.object([
            "resourceType": "HealthcareService",
            "id": .string(otherIDs.service),
            "meta": FHIRPart.meta(DigitalMedicineProfile.careConnect + "CareConnect-HealthcareService-1"),
            "providedBy": FHIRPart.reference(organizationID),
            "type": [FHIRPart.concept(FHIRSystem.snomed, setting.code, setting.display)],
            "specialty": [Self.noSpecialty],
            "location": place.map { _ in [FHIRPart.reference(locationID)] },
        ])
    }

    var encounter: JSONValue? {
        guard let type = order.encounterType else { return nil }
        return FHIRPart.object([
            "resourceType": "Encounter",
            "id": .string(encounterID),
            "meta": FHIRPart.meta(DigitalMedicineProfile.careConnect + "CareConnect-Encounter-1"),
            "status": "finished",
            "type": [
                FHIRPart.concept(EventProfile.codes + "DCH-ChildHealthEncounterType-1", type.code, type.display)
            ],
            "subject": FHIRPart.reference(patientID),
            "period": ["start": .string(record.occurrenceText)],
            "location": place.map { _ in [["location": FHIRPart.reference(locationID)]] },
            "serviceProvider": FHIRPart.reference(organizationID),
        ])
    }

    var practitioner: JSONValue? {
        guard let name = record.practitioner else { return nil }
        let identifier = record.practitionerIdentifier
        return FHIRPart.object([
            "resourceType": "Practitioner",
            "id": .string(practitionerID),
            "meta": FHIRPart.meta(DigitalMedicineProfile.careConnect + "CareConnect-Practitioner-1"),
            "identifier": identifier.map { [FHIRPart.identifier($0.system, $0.value)] },
            "name": [name.json(use: nil)],
        ])
    }

    var practitionerRole: JSONValue? {
        guard let profession = order.profession, record.practitioner != nil else { return nil }
        return FHIRPart.object([
            "resourceType": "PractitionerRole",
            "id": .string(otherIDs.role),
            "meta": FHIRPart.meta(DigitalMedicineProfile.careConnect + "CareConnect-PractitionerRole-1"),
            "practitioner": FHIRPart.reference(practitionerID),
            "organization": FHIRPart.reference(organizationID),
            "code": [
                FHIRPart.concept(EventProfile.codes + "ProfessionalType-1", profession.code, profession.display)
            ],
            "specialty": [Self.noSpecialty],
        ])
    }

    var location: JSONValue? {
        place.map { place in
            FHIRPart.object([
                "resourceType": "Location",
                "id": .string(locationID),
                "meta": FHIRPart.meta(DigitalMedicineProfile.careConnect + "CareConnect-Location-1"),
                "identifier": [FHIRPart.identifier(place.system, place.code)],
                "name": FHIRPart.text(order.locationName),
            ])
        }
    }

    /// Where it happened: the country abroad, else the recorded place, unless that is the code for an unknown one.
    var place: (system: String, code: String)? {
        if record.isAbroad { return (record.site.system, record.site.code) }
        let identifier = record.resource.at("location", "identifier")
        guard let system = identifier?.filled("system"), let code = identifier?.filled("value"), code != "X99999" else {
            return nil
        }
        return (system, code)
    }

    private static let noSpecialty = FHIRPart.concept(
        EventProfile.codes + "Specialty-1",
        "600",
        "not a Treatment Function"
    )
}

/// The addresses of profiles and code systems of event messages (`nems.md` §5).
enum EventProfile {
    static let nhs = "https://fhir.nhs.uk/STU3/StructureDefinition/"
    static let codes = "https://fhir.nhs.uk/STU3/CodeSystem/"
}

extension RecordedVaccination {
    /// When it happened: as it is recorded, for a day may be partial; a time has its offset (§5.1).
    var occurrenceText: String {
        let isComplete = !occurrence.hasTime || occurrence.offsetMinutes != nil
        return isComplete
            ? resource.filled("occurrenceDateTime") ?? DocumentTime.utc(occurrence) : DocumentTime.utc(occurrence)
    }

    /// How the practitioner is registered, if the record says it.
    var practitionerIdentifier: (system: String, value: String)? {
        let person = resource["contained"]?.array?.first { $0["resourceType"] == "Practitioner" }
        return person?["identifier"]?.array?.lazy.compactMap { identifier in
            guard let system = identifier.filled("system"), let value = identifier.filled("value") else { return nil }
            return (system, value)
        }.first
    }
}
