package import Access
package import Foundation
import Postgres

extension PostgresStore: AuditReader {
    package func auditRows(_ query: AuditQuery) async throws -> [AuditRow] {
        // Only what is asked stands in the statement, so that it uses the index of what is asked; all of it is fixed text.
        var conditions: [String] = []
        var values: [PostgresValue] = []
        func require(_ condition: (Int) -> String, _ value: PostgresValue?) {
            guard let value else { return }
            values.append(value)
            conditions.append(condition(values.count))
        }
        require({ "patient = $\($0)" }, query.patient.flatMap { Int64($0.digits) }.map(PostgresValue.int8))
        require({ "client = $\($0)" }, query.client.map(PostgresValue.text))
        require({ "entities @> ARRAY[$\($0)]" }, query.entity.map(PostgresValue.text))
        require({ "outcome = $\($0)" }, query.outcome.map { .int2($0.rawValue) })
        require({ "interaction = $\($0)" }, query.interaction.map { .text($0.rawValue) })
        require({ "recorded >= $\($0)" }, query.from.map(PostgresValue.timestamp))
        require({ "recorded < $\($0)" }, query.until.map(PostgresValue.timestamp))
        if let place = query.after {
            let recorded = Date(timeIntervalSince1970: Double(place.recorded) / 1_000_000)
            require({ "recorded <= $\($0)" }, .timestamp(recorded))
            require({ "(recorded, id) < ($\($0 - 1), $\($0))" }, .int8(place.id))
        }
        if query.isFailureOnly { require({ "outcome <> $\($0)" }, .int2(AuditOutcome.success.rawValue)) }
        values.append(.int8(Int64(query.limit)))
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        return try await pool.query(
            "SELECT * FROM audit_record \(filter) ORDER BY recorded DESC, id DESC LIMIT $\(values.count)",
            values
        ).map(Self.auditRow)
    }

    package func auditRow(_ eventID: UUID) async throws -> AuditRow? {
        try await pool.query("SELECT * FROM audit_record WHERE event_id = $1", [.uuid(eventID)])
            .first.map(Self.auditRow)
    }
}
