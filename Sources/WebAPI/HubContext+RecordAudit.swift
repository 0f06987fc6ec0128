import Access
import Hummingbird
import Vaccination

extension HubContext {
    /// Takes down which interaction a route serves, before anything is refused.
    func note(_ interaction: AuditInteraction) {
        audit.note { $0.interaction = interaction }
    }

    /// Takes down which record was shown or changed, and what was taken out of it.
    ///
    /// - Parameters:
    ///   - id: The record.
    ///   - version: Its version that was shown or came to be; nil for all of them.
    ///   - patient: Whose record it is.
    ///   - vaccineTypes: Of which types.
    ///   - redaction: What was taken out.
    func note(
        _ id: RecordID,
        version: Int32?,
        patient: NHSNumber?,
        vaccineTypes: Set<String>,
        _ redaction: Redaction = .none
    ) {
        audit.note { record in
            record.patient = patient.flatMap { PatientNumber($0.digits) } ?? record.patient
            record.resources = [AuditedResource("Immunization", id: "\(id)", version: version.map { Int($0) })]
            record.count = 1
            record.vaccineTypesAsked = vaccineTypes.sorted()
            record.vaccineTypesGranted = vaccineTypes.sorted()
            if redaction.extent != .none { record.isRedacted = true }
            if redaction.showsRestricted { record.isUnredacted = true }
        }
    }
}
