import Feeds
import Foundation
import Postgres
import Vaccination

/// What a batch's accepted rows came to, as the arrays of one row of `feed_outcome`.
struct BatchOutcomes {
    private var rowNumbers: [Int64] = []
    private var outcomes: [Int16] = []
    private var versions: [Int32] = []
    private var recordIDs: [UUID] = []
    private var uniqueIDURIs: [String] = []
    private var uniqueIDs: [String] = []

    init(capacity: Int) {
        rowNumbers.reserveCapacity(capacity)
        outcomes.reserveCapacity(capacity)
        versions.reserveCapacity(capacity)
        recordIDs.reserveCapacity(capacity)
        uniqueIDURIs.reserveCapacity(capacity)
        uniqueIDs.reserveCapacity(capacity)
    }

    mutating func append(_ row: CheckedRow, rowNumber: Int64, outcome: RowOutcome, version: Int32) {
        guard let stored = outcome.stored else { return }
        let identifier = row.identifier
        rowNumbers.append(rowNumber)
        outcomes.append(stored)
        versions.append(version)
        recordIDs.append(row.id.uuid)
        uniqueIDURIs.append(identifier.system)
        uniqueIDs.append(identifier.value)
    }

    /// Writes the row, if any row was accepted.
    func insert(of feed: FeedID, writer: Int, on connection: PostgresConnection) async throws {
        guard let last = rowNumbers.last else { return }
        try await connection.query(
            """
            INSERT INTO feed_outcome (feed_id, writer, last_row, row_numbers, outcomes, versions, record_ids,
                unique_id_uris, unique_ids)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            [
                .uuid(feed.uuid), .int2(Int16(writer)), .int8(last), .int8s(rowNumbers), .int2s(outcomes),
                .int4s(versions), .uuids(recordIDs), .texts(uniqueIDURIs), .texts(uniqueIDs),
            ]
        )
    }

    /// The rows of one row of `feed_outcome` after a row number, with the findings that belong to them.
    static func rows(
        in row: PostgresRow,
        after first: Int64,
        through last: Int64,
        findings: [Int64: [StoredFinding]]
    ) throws -> [RowReport] {
        let rowNumbers = try row.decode("row_numbers", as: [Int64].self)
        let outcomes = try row.decode("outcomes", as: [Int16].self)
        let versions = try row.decode("versions", as: [Int32].self)
        let recordIDs = try row.decode("record_ids", as: [UUID].self)
        let systems = try row.decode("unique_id_uris", as: [String].self)
        let values = try row.decode("unique_ids", as: [String].self)
        guard
            [outcomes.count, versions.count, recordIDs.count, systems.count, values.count]
                .allSatisfy({ $0 == rowNumbers.count })
        else { throw StoredValueError(column: "row_numbers") }
        return try rowNumbers.indices.compactMap { index in
            let number = rowNumbers[index]
            guard number > first, number <= last else { return nil }
            return RowReport(
                rowNumber: number,
                outcome: try row.require(RowOutcome(stored: outcomes[index]), "outcomes"),
                uniqueIDURI: systems[index],
                uniqueID: values[index],
                recordID: RecordID(recordIDs[index]),
                version: versions[index],
                findings: findings[number] ?? []
            )
        }
    }
}

extension RowOutcome {
    /// The outcome of an effect.
    init(_ effect: RowEffect) {
        self =
            switch effect {
            case .created: .created
            case .updated: .updated
            case .reinstated: .reinstated
            case .deleted: .deleted
            case .rejected: .rejected
            }
    }

    /// An accepted row's outcome as its column keeps it; rejected rows are kept apart.
    fileprivate var stored: Int16? {
        switch self {
        case .created: 1
        case .updated: 2
        case .reinstated: 3
        case .deleted: 4
        case .rejected: nil
        }
    }

    fileprivate init?(stored: Int16) {
        guard let outcome = Self.allCases.first(where: { $0.stored == stored }) else { return nil }
        self = outcome
    }
}
