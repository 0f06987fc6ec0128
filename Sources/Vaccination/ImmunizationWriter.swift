import FHIR

/// Writes vaccination records as FHIR R4 Immunizations (immunization-mapping.md §1).
///
/// This is the one definition of the mapping from a row. It works on bytes, keeps what is the same for all records
/// of a vaccine type, and makes no `String`. Use one writer a task; a change of vaccine type costs a little.
package struct ImmunizationWriter: Sendable {
    private var vaccineType: VaccineType?
    private var targetDisease: [UInt8] = []

    /// A writer that has written nothing yet.
    package init() {}

    /// Appends the resource as it is stored and served: with its id and version directly after `resourceType`.
    ///
    /// - Parameters:
    ///   - record: the record.
    ///   - id: the id of the resource.
    ///   - version: the record's version, from 1.
    ///   - lastUpdated: when this version came to be, as a FHIR instant.
    ///   - bytes: what to append to.
    package mutating func write(
        _ record: VaccinationRecord,
        id: RecordID,
        version: Int32,
        lastUpdated: String,
        into bytes: inout [UInt8]
    ) {
        prepare(record.vaccineType)
        JSONWriter.append(to: &bytes) { json in
            json.beginObject()
            json.raw(#""resourceType":"Immunization""#)
            json.name("id")
            json.plainString { id.uuid.appendLowercase(to: &$0) }
            json.name("meta")
            json.beginObject()
            json.name("versionId")
            json.plainString { $0.appendDecimal(Int(version), width: 1) }
            json.member("lastUpdated", lastUpdated)
            if let resource = record.resource {
                json.members(of: resource["meta"], without: ["versionId", "lastUpdated"])
            }
            json.endObject()
            elements(of: record, to: &json)
            json.endObject()
        }
    }

    /// Appends the resource as a row makes it, before the server gives it an id and a version.
    package mutating func write(_ record: VaccinationRecord, into bytes: inout [UInt8]) {
        prepare(record.vaccineType)
        JSONWriter.append(to: &bytes) { json in
            json.beginObject()
            json.raw(#""resourceType":"Immunization""#)
            elements(of: record, to: &json)
            json.endObject()
        }
    }

    /// All other elements: those that were received, or those the fields make.
    private func elements(of record: VaccinationRecord, to json: inout JSONWriter) {
        guard let resource = record.resource else { return elements(of: record.flat, to: &json) }
        json.members(of: resource, without: ["resourceType", "id", "meta"])
    }

    /// All other elements, in the order of the FHIR definition.
    private func elements(of flat: FlatRecord, to json: inout JSONWriter) {
        let hasPatient = flat.hasAny(of: .nhsNumber ... .personPostcode)
        let hasPractitioner = flat.hasAny(of: .performingProfessionalForename ... .performingProfessionalSurname)
        json.contained(flat, patient: hasPatient, practitioner: hasPractitioner)
        json.vaccinationProcedure(flat)
        json.identifier(flat)
        json.raw(#""status":"completed""#)
        json.vaccineCode(flat)
        if hasPatient { json.raw(ImmunizationFragment.patient) }
        json.dateTime("occurrenceDateTime", flat, .dateAndTime)
        json.date("recorded", flat, .recordedDate)
        json.primarySource(flat)
        json.location(flat)
        json.manufacturer(flat)
        json.text("lotNumber", flat, .batchNumber)
        json.date("expirationDate", flat, .expiryDate)
        json.concept(
            startingWith: ImmunizationFragment.site,
            flat,
            code: .siteOfVaccinationCode,
            term: .siteOfVaccinationTerm
        )
        json.concept(
            startingWith: ImmunizationFragment.route,
            flat,
            code: .routeOfVaccinationCode,
            term: .routeOfVaccinationTerm
        )
        json.doseQuantity(flat)
        json.performer(flat, practitioner: hasPractitioner)
        json.reasonCode(flat)
        json.protocolApplied(flat, targetDisease: targetDisease)
    }

    /// Renders the diseases of a vaccine type once; a feed holds one type only.
    private mutating func prepare(_ type: VaccineType) {
        guard type != vaccineType else { return }
        vaccineType = type
        targetDisease = JSONWriter.bytes { json in
            json.beginArray()
            for disease in type.targetDiseases {
                json.value([
                    "coding": [
                        [
                            "system": .string(FHIRSystem.snomed),
                            "code": .string(disease.code),
                            "display": .string(disease.display),
                        ]
                    ]
                ])
            }
            json.endArray()
        }
    }
}
