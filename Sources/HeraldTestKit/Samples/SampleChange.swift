import Foundation
package import Vaccination

/// A change to one record, for tests that begin where the intake ends.
package struct SampleChange: Sendable, Hashable {
    /// Names the record; its id is computed from it as for a record from a feed.
    package var record: Int
    package var patient: Int?
    package var vaccineType = "FLU"
    package var performer = "RVVKC"
    package var removes = false

    /// A change of the record with this number.
    package init(
        _ record: Int,
        patient: Int? = 1,
        vaccineType: String = "FLU",
        performer: String = "RVVKC",
        removes: Bool = false
    ) {
        self.record = record
        self.patient = patient
        self.vaccineType = vaccineType
        self.performer = performer
        self.removes = removes
    }

    /// The record's identifier.
    package var identifier: RecordIdentifier {
        RecordIdentifier(system: "https://supplier.example.nhs.uk/", value: "record-\(record)")
    }

    /// The record's id.
    package var recordID: RecordID { RecordID(identifier) }

    /// A small Immunization that tells versions apart.
    package func resource(change: Int32) -> [UInt8] {
        let id = recordID.description
        return Array(#"{"resourceType":"Immunization","id":"\#(id)","note":[{"text":"change \#(change)"}]}"#.utf8)
    }
}
