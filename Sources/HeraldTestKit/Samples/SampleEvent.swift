package import Events
import Foundation
import Vaccination

extension VaccinationEvent {
    /// An event of the record with this number, as ``SampleChange`` names it.
    package static func sample(
        _ record: Int = 1,
        change: Int32 = 1,
        _ kind: EventKind = .recorded,
        patient: Int? = 1,
        vaccineType: String = "FLU",
        performer: String = "RVVKC"
    ) -> VaccinationEvent {
        VaccinationEvent(
            kind: kind,
            recordID: SampleChange(record).recordID,
            change: change,
            version: change,
            committedAt: Date(timeIntervalSince1970: 1_700_000_000),
            attributes: EventAttributes(
                nhsNumber: patient.map { .sample($0) },
                vaccineType: vaccineType,
                performer: performer,
                supplier: "EMIS"
            )
        )
    }
}
