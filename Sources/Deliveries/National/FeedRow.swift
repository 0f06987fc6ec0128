import Events
import FHIR
import Messages
import Vaccination

/// One row of a feed file.
struct FeedRow: Sendable {
    let vaccineType: String
    let action: ActionFlag
    private(set) var record: FlattenedRecord

    /// The rows an event stands for: one, or two where a correction moved the record to another vaccine type (N-14).
    ///
    /// - Throws: `JSONError` for a stored resource that is not JSON, which Herald never writes.
    static func rows(of event: FeedEvent) throws(JSONError) -> [FeedRow] {
        var rows = try rows(of: event.event)
        if let number = event.tracedNumber {
            // The patient directory knows a better one (N-13).
            for index in rows.indices { rows[index].record.trace(number) }
        }
        return rows
    }

    private static func rows(of event: LaneEvent) throws(JSONError) -> [FeedRow] {
        if event.shape == .delete, event.kind != .removed {
            // The record has left this consumer's view: nothing of its new content may go out
            // (`fhir-subscriptions.md` §4.3, fourth row).
            guard let moved = event.movedFrom else { return [] }
            return [try row(moved.resource, moved.vaccineType, .delete)]
        }
        let action: ActionFlag =
            switch event.kind {
            case .recorded: .new
            case .corrected: .update
            case .removed: .delete
            }
        guard let moved = event.movedFrom else {
            return [try row(event.resource, event.vaccineType, action)]
        }
        return [
            try row(moved.resource, moved.vaccineType, .delete),
            try row(event.resource, event.vaccineType, event.kind == .removed ? .delete : .new),
        ]
    }

    private static func row(
        _ resource: [UInt8],
        _ vaccineType: String,
        _ action: ActionFlag
    ) throws(JSONError) -> FeedRow {
        FeedRow(
            vaccineType: vaccineType,
            action: action,
            record: ImmunizationFlattener.flatten(try JSONValue(parsing: resource), action: action)
        )
    }
}

extension FlattenedRecord {
    fileprivate mutating func trace(_ number: NHSNumber) {
        var flat = flat
        guard !flat.isEmpty(.nhsNumber) else { return }
        flat[.nhsNumber] = number.digits
        self = FlattenedRecord(flat: flat, errors: errors)
    }
}
