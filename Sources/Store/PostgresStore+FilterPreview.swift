package import Deliveries
import Events
import FHIR
import Foundation
import Postgres
package import Subscriptions
import Vaccination

extension PostgresStore: FilterPreviews {
    /// Events looked at together.
    private static var previewPage: Int { 2000 }

    package func preview(
        _ filter: SubscriptionFilter,
        days: Int,
        samples: Int,
        patience: Duration
    ) async throws -> FilterPreview {
        let deadline = ContinuousClock.now + patience
        var trial = PreviewTrial(filter, samples: samples)
        let today = Int((Date().timeIntervalSince1970 / 86_400).rounded(.down))
        var isComplete = true
        do {
            try await pool.withTransaction(readOnly: true) { connection in
                for day in stride(from: today, to: today - days, by: -1) {
                    try await Self.preview(day, &trial, deadline, on: connection)
                }
            }
        } catch is PatienceExhausted {
            isComplete = false
        } catch let error as PostgresError where error.sqlState == .queryCanceled {
            isComplete = false
        }
        return FilterPreview(days: trial.days, samples: trial.samples, isComplete: isComplete)
    }

    /// The events of one day, in pages by their key.
    private static func preview(
        _ day: Int,
        _ trial: inout PreviewTrial,
        _ deadline: ContinuousClock.Instant,
        on connection: PostgresConnection
    ) async throws {
        let start = Date(timeIntervalSince1970: Double(day) * 86_400)
        trial.begin(start)
        var last: (UUID, Int32)?
        while true {
            let left = (deadline - .now) / .milliseconds(1)
            guard left > 0 else { throw PatienceExhausted() }
            try await connection.execute(script: "SET LOCAL statement_timeout = \(max(1, Int(left)))")
            let rows = try await connection.query(
                previewQuery(readingResources: trial.filter.asksForFacts),
                [
                    .timestamp(start), .timestamp(start.addingTimeInterval(86_400)), .uuid(optional: last?.0),
                    .int4(optional: last?.1), .int8(Int64(previewPage)),
                    trial.filter[.vaccineTypes].isEmpty
                        ? .null : .texts(trial.filter[.vaccineTypes].sorted()),
                    trial.filter.patients.isEmpty ? .null : .int8s(trial.filter.patients.map(\.stored)),
                ]
            )
            let events = try rows.map { row in (try previewEvent(row), try row.decode("practice", as: String?.self)) }
            let patients = try await registrations(of: events.map(\.0).patients, on: connection)
            for (event, practice) in events {
                var patient = event.attributes.nhsNumber.flatMap { patients[$0] }
                // The practice at the time of the event counts, and is kept with it.
                patient = patient ?? practice.map { PatientDetails(practice: $0) }
                patient?.practice = practice
                trial.examine(event, patient)
            }
            guard rows.count == previewPage, let end = events.last?.0 else { return }
            last = (end.recordID.uuid, end.change)
        }
    }

    private static func previewQuery(readingResources: Bool) -> String {
        """
        SELECT e.record_id, e.change, e.kind, e.practice, v.version, v.committed_at, v.nhs_number, v.vaccine_type,
            v.performer, v.supplier, \(readingResources ? "c.resource" : "NULL::bytea AS resource")
        FROM event e
        JOIN immunization_version v ON v.immunization_id = e.record_id AND v.change = e.change
        \(readingResources ? """
            JOIN immunization_version c ON c.immunization_id = e.record_id AND c.change = v.content_change
            """ : "")
        WHERE e.routed_at >= $1 AND e.routed_at < $2 AND ($3::uuid IS NULL OR (e.record_id, e.change) > ($3, $4::integer))
            AND ($6::text[] IS NULL OR v.vaccine_type = ANY($6)) AND ($7::bigint[] IS NULL OR v.nhs_number = ANY($7))
        ORDER BY e.record_id, e.change LIMIT $5
        """
    }

    static func previewEvent(_ row: PostgresRow) throws -> VaccinationEvent {
        let resource = try row.decode("resource", as: [UInt8]?.self)
        return VaccinationEvent(
            kind: try row.choice("kind"),
            recordID: try row.recordID("record_id"),
            change: try row.decode("change", as: Int32.self),
            version: try row.decode("version", as: Int32.self),
            committedAt: try row.decode("committed_at", as: Date.self),
            attributes: EventAttributes(
                nhsNumber: try row.nhsNumber("nhs_number"),
                vaccineType: try row.decode("vaccine_type", as: String.self),
                performer: try row.decode("performer", as: String.self),
                supplier: try row.decode("supplier", as: String.self),
                facts: try resource.map { VaccinationFacts(try JSONValue(parsing: $0)) }
            )
        )
    }

    /// There was no time left.
    private struct PatienceExhausted: Error {}
}

/// Matches events as routing would, and keeps count.
private struct PreviewTrial {
    let filter: SubscriptionFilter
    private let index: SubscriptionIndex
    private let sampleCount: Int
    private(set) var days: [FilterPreview.Day] = []
    private(set) var samples: [FilterPreview.Sample] = []

    init(_ filter: SubscriptionFilter, samples: Int) {
        self.filter = filter
        sampleCount = samples
        index = SubscriptionIndex([
            Subscription(
                id: SubscriptionID(UUID()),
                audience: .subscriber,
                channel: .restHook,
                reason: "a preview",
                client: "",
                filter: filter,
                endpoint: "",
                createdAt: Date(timeIntervalSince1970: 0)
            )
        ])
    }

    mutating func begin(_ date: Date) { days.append(FilterPreview.Day(date: date, examined: 0, matched: 0)) }

    mutating func examine(_ event: VaccinationEvent, _ patient: PatientDetails?) {
        days[days.count - 1].examined += 1
        guard index.matches(event, patient: patient).contains(where: \.wantsKind) else { return }
        days[days.count - 1].matched += 1
        guard samples.count < sampleCount else { return }
        samples.append(
            FilterPreview.Sample(
                recordID: event.recordID,
                version: event.version,
                kind: event.kind,
                committedAt: event.committedAt
            )
        )
    }
}
