import FHIR
import Foundation
import Vaccination

/// One document in the making: the record, the order, and the ids by which its resources name each other.
struct DocumentParts {
    let record: RecordedVaccination
    let order: DocumentOrder
    let provider: DocumentOrder.Practice
    let providerSystem: String
    let messageID: UUID
    let compositionIdentifier: UUID
    let compositionID, patientID, practitionerID, immunizationID, practiceID, manufacturerID: String
    let encounterID, providerID, locationID: String

    init(
        _ record: RecordedVaccination,
        _ order: DocumentOrder,
        _ sender: DocumentSender,
        _ makeID: () -> UUID
    ) {
        self.record = record
        self.order = order
        // G-12: a country vaccinates nobody; a desk stands for the site and the country becomes a Location.
        provider = record.isAbroad ? sender.abroad : .init(odsCode: record.site.code, name: order.siteName)
        providerSystem = record.isAbroad ? FHIRSystem.odsCode : record.site.system
        messageID = makeID()
        compositionIdentifier = makeID()
        compositionID = makeID().lowercaseText
        patientID = makeID().lowercaseText
        practitionerID = makeID().lowercaseText
        immunizationID = makeID().lowercaseText
        practiceID = makeID().lowercaseText
        manufacturerID = makeID().lowercaseText
        encounterID = makeID().lowercaseText
        providerID = makeID().lowercaseText
        locationID = makeID().lowercaseText
    }

    /// The document's title (G-09).
    var title: String {
        switch order.vaccineType {
        case "COVID": "COVID-19 Vaccination Record"
        case "FLU": "Seasonal Influenza Vaccination Record"
        default: "\(order.vaccineType) Vaccination Record"
        }
    }

    var manufacturer: String? { record.resource["manufacturer"]?.filled("display") }

    /// What follows the title in `mex-subject`.
    var subjectDetail: String {
        "for \(record.patientName.text), NHS Number: \(order.tracedNumber.digits), "
            + (provider.name.map { "seen at \($0), " } ?? "")
            + "ODS code: \(provider.odsCode), version \(order.version)"
    }

    func documentBundle(id: String, identifier: String) -> JSONValue {
        let resources: [JSONValue?] = [
            composition, patient, practitioner, immunization, practice, manufacturerOrganization, encounter,
            serviceProvider, location,
        ]
        return FHIRPart.object([
            "resourceType": "Bundle",
            "id": .string(id),
            "meta": FHIRPart.meta(
                DigitalMedicineProfile.itk + "ITK-Document-Bundle-1",
                updated: DocumentTime.utc(order.composed)
            ),
            "identifier": FHIRPart.uuid(identifier),
            "type": "document",
            "entry": .array(resources.compactMap(\.self).map(FHIRPart.entry)),
        ])
    }
}
