import FHIR
import Foundation
package import Postgres
package import Vaccination

extension PostgresStore: HistoryStore {
    package func records(
        _ selection: HistorySelection,
        after position: HistoryPosition?,
        limit: Int
    ) async throws -> [HistoryMatch] {
        let statement = Self.recordsStatement(selection, after: position, limit: limit)
        let rows = try await pool.query(statement.text, statement.parameters)
        return try rows.map { row in
            let record = try Self.stored(row)
            let place = FHIRInstant(try row.decode("place", as: Date.self)).microseconds
            return HistoryMatch(position: HistoryPosition(time: place, id: record.id), record: record)
        }
    }

    /// What a search asks: `$1` are the vaccine types, `$2` is the limit, and `$3` are the numbers, where there are some.
    ///
    /// The text is made of fixed words alone; everything that was asked for is a parameter.
    package static func recordsStatement(
        _ selection: HistorySelection,
        after position: HistoryPosition?,
        limit: Int
    ) -> (text: String, parameters: [PostgresValue]) {
        let order = SearchOrder(selection.order)
        var conditions = ["NOT i.deleted", "i.vaccine_type = ANY($1)"]
        var parameters: [PostgresValue] = [.texts(selection.types.sorted()), .int8(Int64(limit))]
        func parameter(_ value: PostgresValue) -> String {
            parameters.append(value)
            return "$\(parameters.count)"
        }
        if let numbers = selection.numbers {
            conditions.append("i.nhs_number = ANY(\(parameter(.int8s(numbers.map(\.stored)))))")
        }
        if let ids = selection.ids {
            conditions.append("i.id = ANY(\(parameter(.uuids(ids.map(\.uuid)))))")
        }
        if let position {
            let time = parameter(.timestamp(FHIRInstant(microseconds: position.time).date))
            let id = parameter(.uuid(position.id.uuid))
            conditions.append("(\(order.column) \(order.after) \(time) OR \(order.column) = \(time) AND i.id > \(id))")
        }
        let text = """
            SELECT \(storedColumns), \(order.column) AS place FROM immunization i
            JOIN immunization_version v ON v.immunization_id = i.id AND v.change = i.content_change
            WHERE \(conditions.joined(separator: " AND "))
            ORDER BY \(order.column) \(order.direction), i.id LIMIT $2
            """
        return (text, parameters)
    }

    /// Asks for all numbers of a person, `$1` being one of them.
    ///
    /// Up to the number that counts, then down to all that it has taken the place of. UNION ends a circle, which only a wrong
    /// file can make.
    package static let personStatement = """
        WITH RECURSIVE later (number, step) AS (
            SELECT $1::bigint, 0
            UNION ALL
            SELECT p.superseded_by, step + 1 FROM later JOIN patient p ON p.nhs_number = number
            WHERE p.superseded_by IS NOT NULL AND step < 16
        ), family (number) AS (
            (SELECT number FROM later ORDER BY step DESC LIMIT 1)
            UNION
            SELECT p.nhs_number FROM family JOIN patient p ON p.superseded_by = number
        )
        SELECT number, p.confidentiality, p.flag,
            number = (SELECT number FROM later ORDER BY step DESC LIMIT 1) AS is_current
        FROM family LEFT JOIN patient p ON p.nhs_number = number
        """

    package func searchKey() async throws -> [UInt8] {
        let row = try await pool.query("SELECT key FROM shared_key WHERE name = 'search cursor'").first
        guard let row else { throw StoredValueError(column: "shared_key.name") }
        return try row.decode("key", as: [UInt8].self)
    }

    package func person(_ number: NHSNumber) async throws -> HistoryPerson {
        let rows = try await pool.query(Self.personStatement, [.int8(number.stored)])
        var person = HistoryPerson(current: number)
        for row in rows {
            guard let found = try row.nhsNumber("number") else { continue }
            person.numbers.insert(found)
            person.confidentiality = max(person.confidentiality, try row.confidentiality())
            if try row.decode("is_current", as: Bool.self) { person.current = found }
        }
        return person
    }

    package func record(_ id: RecordID) async throws -> StoredImmunization? {
        let rows = try await pool.query(
            """
            SELECT \(Self.storedColumns) FROM immunization i
            JOIN immunization_version v ON v.immunization_id = i.id AND v.change = i.content_change
            WHERE i.id = $1 AND NOT i.deleted
            """,
            [.uuid(id.uuid)]
        )
        return try rows.first.map(Self.stored)
    }

    private static let storedColumns = "i.id, i.version, i.nhs_number, i.vaccine_type, v.committed_at, v.resource"

    private static func stored(_ row: PostgresRow) throws -> StoredImmunization {
        StoredImmunization(
            id: try row.recordID("id"),
            version: try row.decode("version", as: Int32.self),
            nhsNumber: try row.nhsNumber("nhs_number"),
            vaccineType: try row.decode("vaccine_type", as: String.self),
            committedAt: try row.decode("committed_at", as: Date.self),
            resource: try row.decode("resource", as: [UInt8].self)
        )
    }
}

/// The SQL of an order.
private struct SearchOrder {
    let column, direction: String
    /// The operator of what comes later.
    let after: String

    init(_ order: HistoryOrder) {
        switch order {
        case .latestFirst: (column, direction, after) = ("i.occurrence", "DESC", "<")
        case .latestLast: (column, direction, after) = ("i.occurrence", "ASC", ">")
        case .lastChangedFirst: (column, direction, after) = ("i.updated_at", "DESC", "<")
        case .lastChangedLast: (column, direction, after) = ("i.updated_at", "ASC", ">")
        }
    }
}
