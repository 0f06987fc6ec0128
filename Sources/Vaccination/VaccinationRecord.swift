package import FHIR

/// A vaccination record whose values have passed every rule (csv-feed.md §5, immunization-mapping.md §3).
package struct VaccinationRecord: Sendable {
    /// The 34 fields: as they were sent, or as the resource is flattened.
    package let flat: FlatRecord
    /// The Immunization as it was received; nil for a record that came as a row, whose resource is made of the fields.
    package let resource: JSONValue?
    /// The vaccine type, which comes from the name of the file or from the resource's diseases.
    package let vaccineType: VaccineType
    /// The record's id.
    package let id: RecordID
    /// The patient's NHS number, if the record has one; without it, it can be matched to no person.
    package let nhsNumber: NHSNumber?
    /// When the vaccination was given: microseconds since 1970-01-01 00:00 UTC.
    package let occurrence: Int64

    /// A record whose fields the caller has checked.
    package init(
        flat: FlatRecord,
        resource: JSONValue? = nil,
        vaccineType: VaccineType,
        id: RecordID,
        nhsNumber: NHSNumber?,
        occurrence: Int64
    ) {
        self.flat = flat
        self.resource = resource
        self.vaccineType = vaccineType
        self.id = id
        self.nhsNumber = nhsNumber
        self.occurrence = occurrence
    }

    /// The supplier's identifier of the record.
    package var identifier: RecordIdentifier {
        RecordIdentifier(system: flat.string(.uniqueIDURI), value: flat.string(.uniqueID))
    }
}
