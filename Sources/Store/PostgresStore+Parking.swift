import Events
import Foundation
import Postgres
import Vaccination

extension PostgresStore {
    /// Writes down whose practice could not be told, so that it is told once there is one (gp-digital-medicine.md §10), and
    /// strikes out whose could.
    ///
    /// Comes before numbers are drawn: who releases a record locks its row here first, too, and then draws.
    static func park(
        _ routed: [RoutingPlan.RoutedEvent],
        _ patients: [NHSNumber: PatientDetails],
        on connection: PostgresConnection
    ) async throws {
        // Of a record the newest change counts.
        let newest = Dictionary(routed.map { ($0.event.recordID, $0) }) { $0.event.change > $1.event.change ? $0 : $1 }
        let waiting = newest.values.filter { $0.practice == nil }
        if !waiting.isEmpty {
            let numbers = waiting.map(\.event.attributes.nhsNumber)
            try await connection.query(
                // A removal is looked at at once: a practice may just have been given what is gone now.
                """
                INSERT INTO gp_waiting (record_id, change, nhs_number, state, due_at)
                SELECT r, c, n, s, now() + CASE WHEN k = $6 THEN interval '0' ELSE interval '1 day' END
                FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::text[], $5::smallint[]) AS p (r, c, n, s, k)
                WHERE EXISTS (SELECT FROM subscription WHERE audience = 'gp' AND recording) ORDER BY r
                ON CONFLICT (record_id) DO UPDATE SET change = excluded.change, nhs_number = excluded.nhs_number,
                    state = excluded.state, since = now(), asked_at = now(), due_at = excluded.due_at
                """,
                [
                    .uuids(waiting.map(\.event.recordID.uuid)), .int4s(waiting.map(\.event.change)),
                    .int8s(optional: numbers.map { $0?.stored }),
                    .texts(numbers.map { $0.flatMap { patients[$0] } == nil ? "not-traced" : "no-gp" }),
                    .int2s(waiting.map(\.event.kind.rawValue)), .int2(EventKind.removed.rawValue),
                ]
            )
        }
        // A record's first change has nothing to strike out.
        let told = newest.values.filter { $0.practice != nil && $0.event.change > 1 }
        guard !told.isEmpty else { return }
        try await connection.query(
            "DELETE FROM gp_waiting WHERE record_id = ANY($1)",
            [.uuids(told.map(\.event.recordID.uuid))]
        )
    }
}
