package import Vaccination

/// What the router knows about a slice's records before it decides.
package struct RoutingContext: Sendable {
    /// What the directory knows of the slice's patients.
    package var patients: [NHSNumber: PatientDetails]
    /// Highest change routed so far, by record.
    package var routedThrough: [RecordID: Int32]
    /// Who got earlier events of a record, with the shape they saw last.
    package var recipients: [RecordID: [SubscriptionID: EventShape]]
    /// Whose record it was at its last routed change; without an entry, nobody's that is known.
    package var patient: [RecordID: NHSNumber]
    /// Events that the slice passes over, see ``gaps(in:)``; by record, in any order.
    package var overtaken: [RecordID: [VaccinationEvent]]
    /// Who keeps what it holds when a patient leaves its view: a practice's documents stay with it, so that it hears of a
    /// deletion later (`gp-digital-medicine.md` G-22).
    package var keepers: Set<SubscriptionID> = []
    /// By supplier: who is not told of its rows, because they came from there (`csv-feed.md` §6).
    package var muted: [String: Set<SubscriptionID>] = [:]

    package init(
        patients: [NHSNumber: PatientDetails] = [:],
        routedThrough: [RecordID: Int32] = [:],
        recipients: [RecordID: [SubscriptionID: EventShape]] = [:],
        patient: [RecordID: NHSNumber] = [:],
        overtaken: [RecordID: [VaccinationEvent]] = [:]
    ) {
        self.patients = patients
        self.routedThrough = routedThrough
        self.recipients = recipients
        self.patient = patient
        self.overtaken = overtaken
    }

    /// Changes of one record that a slice passes over.
    package struct Gap: Sendable, Hashable {
        package var recordID: RecordID
        package var changes: ClosedRange<Int32>
    }

    /// Where a slice goes on with a change that does not follow the record's last.
    ///
    /// A broker may refuse or lose one message and store the next of the same record (D-82). When the first is published
    /// again it comes too late and counts as repeated (D-84), so the router must fetch what is missing where it finds the
    /// gap: changes count up by one, and the database has them all.
    package func gaps(in events: [VaccinationEvent]) -> [Gap] {
        var through = routedThrough
        var gaps: [Gap] = []
        for event in events {
            let last = through[event.recordID, default: 0]
            guard event.change > last else { continue }
            if event.change > last + 1 {
                gaps.append(Gap(recordID: event.recordID, changes: last + 1...event.change - 1))
            }
            through[event.recordID] = event.change
        }
        return gaps
    }

    /// What has to be routed before an event, in order.
    func overtaken(before event: VaccinationEvent) -> [VaccinationEvent] {
        guard let candidates = overtaken[event.recordID] else { return [] }
        let last = routedThrough[event.recordID, default: 0]
        return candidates.filter { last < $0.change && $0.change < event.change }.sorted { $0.change < $1.change }
    }
}
