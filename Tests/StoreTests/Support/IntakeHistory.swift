import FHIR
import Feeds
import Foundation
import HeraldTestKit
import Postgres
import Testing
import Vaccination

/// What feeds that were applied at the same time did, record by record, and whether the plain rules can explain it.
///
/// Files of one queue are applied one after another, so a record sees one sequence of rows from each queue. Which row of
/// two queues came first is the database's doing; but some order must give exactly the outcomes of all rows, and the
/// record as it stands, by the rules of the model.
struct IntakeHistory {
    /// A row with its outcome.
    struct Step {
        var row: SampleFeed.Row
        var vaccineType: String
        var supplier: Supplier
        /// The number of the change it made, or the code it was rejected with.
        var outcome: Outcome
    }

    enum Outcome: Hashable {
        case change(Int)
        case rejected(String)
    }

    /// A file that was received, in the order of arrival.
    struct Sent {
        var id: FeedID
        var feed: SampleFeed
        var vaccineType: String
        var sender: String
    }

    /// For each record, the steps of each queue.
    private(set) var steps: [String: [String: [Step]]] = [:]
    /// Rows without exactly one outcome.
    private(set) var lost: [String] = []

    init(of sent: [Sent], in intake: Intake) async throws {
        for file in sent {
            let outcomes = try await Self.outcomes(of: file.id, in: intake)
            let supplier = Suppliers.builtIn(file.sender)
            for (index, row) in file.feed.rows.enumerated() {
                guard let outcome = outcomes[index + 1], outcome.count == 1 else {
                    lost.append("\(file.feed.name) row \(index + 1)")
                    continue
                }
                let step = Step(row: row, vaccineType: file.vaccineType, supplier: supplier, outcome: outcome[0])
                steps[row.id, default: [:]]["\(file.sender)_\(file.vaccineType)", default: []].append(step)
            }
            if outcomes.count != file.feed.rows.count { lost.append("\(file.feed.name) has other rows") }
        }
    }

    private static func outcomes(of id: FeedID, in intake: Intake) async throws -> [Int: [Outcome]] {
        var outcomes: [Int: [Outcome]] = [:]
        let changes = try await intake.pool.query(
            "SELECT row_number, change FROM immunization_version WHERE feed_id = $1",
            [.uuid(id.uuid)]
        )
        for row in changes {
            let change = try row.decode("change", as: Int.self)
            outcomes[try row.decode("row_number", as: Int.self), default: []].append(.change(change))
        }
        for (row, codes) in try await intake.rejected(id) {
            outcomes[Int(row), default: []].append(contentsOf: codes.map { .rejected($0) })
        }
        return outcomes
    }

    /// Whether some order of a record's rows gives their outcomes and, at the end, this record.
    func explains(_ id: String, _ stored: IntakeModel.Record?) -> Bool {
        let queues = (steps[id] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
        var refuted: Set<[Int]> = []
        return search(queues, [Int](repeating: 0, count: queues.count), IntakeModel(), id, stored, &refuted)
    }

    /// Takes each row that could be next.
    ///
    /// Accepted rows say their place themselves, so that a place in all queues that was refuted once is refuted whichever
    /// way it is reached.
    private func search(
        _ queues: [[Step]],
        _ next: [Int],
        _ model: IntakeModel,
        _ id: String,
        _ stored: IntakeModel.Record?,
        _ refuted: inout Set<[Int]>
    ) -> Bool {
        if zip(queues, next).allSatisfy({ $0.count == $1 }) { return model.records[id] == stored }
        guard !refuted.contains(next) else { return false }
        for index in queues.indices where next[index] < queues[index].count {
            let step = queues[index][next[index]]
            var model = model
            let code = model.apply(step.row, step.vaccineType, step.supplier)
            guard step.outcome == (code.map { .rejected($0) } ?? .change(model.records[id]?.change ?? 0)) else {
                continue
            }
            var after = next
            after[index] += 1
            if search(queues, after, model, id, stored, &refuted) { return true }
        }
        refuted.insert(next)
        return false
    }
}

extension Intake {
    /// Every record as it stands, in the model's words.
    func records() async throws -> [String: IntakeModel.Record] {
        let rows = try await pool.query(
            """
            SELECT i.unique_id, i.vaccine_type, i.version, i.change, i.deleted, i.nhs_number, i.supplier, v.resource
            FROM immunization i
            JOIN immunization_version v ON v.immunization_id = i.id AND v.change = i.content_change
            """
        )
        var records: [String: IntakeModel.Record] = [:]
        for row in rows {
            let resource = try JSONValue(parsing: try row.decode("resource", as: [UInt8].self))
            records[try row.decode("unique_id", as: String.self)] = IntakeModel.Record(
                vaccineType: try row.decode("vaccine_type", as: String.self),
                version: try row.decode("version", as: Int.self),
                change: try row.decode("change", as: Int.self),
                isDeleted: try row.decode("deleted", as: Bool.self),
                batch: resource["lotNumber"]?.string ?? "",
                patient: try row.decode("nhs_number", as: Int64?.self).map(String.init) ?? "",
                supplier: try row.decode("supplier", as: String.self)
            )
        }
        return records
    }
}
