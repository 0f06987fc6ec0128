package import Deliveries
import Events
import Foundation
import Postgres
import Subscriptions
import Vaccination

extension PostgresStore {
    package func events(of claim: LaneClaim, numbers: ClosedRange<Int64>) async throws -> [LaneEvent] {
        let rows = try await pool.query(
            "\(Self.laneEventsQuery) ORDER BY se.number",
            [.uuid(claim.subscription.id.uuid), .int8(numbers.lowerBound), .int8(numbers.upperBound)]
        )
        // A notification or a file with a hole in it would pass for complete.
        guard rows.count == numbers.count else { throw StoredValueError(column: "subscription_event.number") }
        return try rows.map(Self.laneEvent)
    }

    /// The columns of ``laneEvent(_:)`` and the patient, for the subscription `$1` and its numbers from `$2` to `$3`.
    static let laneEventsQuery = """
        SELECT se.number, se.shape, v.kind, v.immunization_id, v.version, v.committed_at, v.vaccine_type, v.nhs_number,
            i.unique_id, i.unique_id_uri, c.resource,
            p.vaccine_type AS previous_type, pc.resource AS previous_resource
        FROM subscription_event se
        JOIN immunization_version v ON v.immunization_id = se.record_id AND v.change = se.change
        JOIN immunization_version c ON c.immunization_id = se.record_id AND c.change = v.content_change
        JOIN immunization i ON i.id = se.record_id
        LEFT JOIN immunization_version p
            ON p.immunization_id = se.record_id AND p.change = se.change - 1
            AND (p.vaccine_type <> v.vaccine_type AND p.kind <> 3 OR se.shape = 3 AND v.kind <> 3)
        LEFT JOIN immunization_version pc ON pc.immunization_id = p.immunization_id AND pc.change = p.content_change
        WHERE se.subscription_id = $1 AND se.number BETWEEN $2 AND $3
        """

    static func laneEvent(_ row: PostgresRow) throws -> LaneEvent {
        var moved: LaneEvent.MovedContent?
        if let type = try row.decode("previous_type", as: String?.self),
            let resource = try row.decode("previous_resource", as: [UInt8]?.self)
        {
            moved = LaneEvent.MovedContent(vaccineType: type, resource: resource)
        }
        return LaneEvent(
            number: try row.decode("number", as: Int64.self),
            shape: try row.choice("shape"),
            kind: try row.choice("kind"),
            recordID: try row.recordID("immunization_id"),
            version: try row.decode("version", as: Int32.self),
            committedAt: try row.decode("committed_at", as: Date.self),
            identifier: RecordIdentifier(
                system: try row.decode("unique_id_uri", as: String.self),
                value: try row.decode("unique_id", as: String.self)
            ),
            vaccineType: try row.decode("vaccine_type", as: String.self),
            resource: try row.decode("resource", as: [UInt8].self),
            movedFrom: moved
        )
    }
}
