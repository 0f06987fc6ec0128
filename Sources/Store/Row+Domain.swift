import Events
import Foundation
import Postgres
import Vaccination

/// A stored value that the program did not write: somebody else did, or the schema and the program disagree.
struct StoredValueError: Error, CustomStringConvertible {
    /// Table column at fault; never its value.
    let column: String

    var description: String { "unexpected value in column \(column)" }
}

extension PostgresRow {
    func nhsNumber(_ column: String) throws -> NHSNumber? {
        guard let stored = try decode(column, as: Int64?.self) else { return nil }
        return try require(NHSNumber(stored: stored), column)
    }

    /// The number in a column that is never null, counted from 0: for rows by the million, where names cost too much.
    func nhsNumber(_ column: Int) throws -> NHSNumber {
        try require(NHSNumber(stored: try decode(column, as: Int64.self)), "\(column)")
    }

    /// The strictest of what the directory's table says in `confidentiality` and `flag`; unknown is unrestricted.
    func confidentiality() throws -> Confidentiality {
        let code = try decode("confidentiality", as: String?.self)
        let known = try code.map { try require(Confidentiality(rawValue: $0), "confidentiality") } ?? .unrestricted
        let flagged: Confidentiality =
            switch try decode("flag", as: String?.self) {
            case nil: .unrestricted
            case "I": .invalidated
            default: .restricted
            }
        return max(known, flagged)
    }

    func recordID(_ column: String) throws -> RecordID {
        RecordID(try decode(column, as: UUID.self))
    }

    func subscriptionID(_ column: String) throws -> SubscriptionID {
        SubscriptionID(try decode(column, as: UUID.self))
    }

    func require<Value>(_ value: Value?, _ column: String) throws -> Value {
        guard let value else { throw StoredValueError(column: column) }
        return value
    }

    /// A text column that holds one of the raw values.
    func choice<Value: RawRepresentable<String>>(_ column: String, of type: Value.Type = Value.self) throws -> Value {
        try require(Value(rawValue: try decode(column, as: String.self)), column)
    }

    /// A smallint column that holds one of the raw values.
    func choice<Value: RawRepresentable<Int16>>(_ column: String, of type: Value.Type = Value.self) throws -> Value {
        try require(Value(rawValue: try decode(column, as: Int16.self)), column)
    }
}

extension NHSNumber {
    /// The number as its column keeps it.
    var stored: Int64 { Int64(value) }

    /// The number a column holds; leading zeros were lost there.
    init?(stored: Int64) {
        guard let value = UInt64(exactly: stored) else { return nil }
        self.init(value: value)
    }
}
