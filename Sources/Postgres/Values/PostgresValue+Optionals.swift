package import Foundation

// Each gives a null of the same type as the value, so that a statement is prepared once whether its values are there
// or not.
extension PostgresValue {
    /// A `bool` or null.
    package static func bool(optional value: Bool?) -> Self { value.map(Self.bool) ?? .typedNull(.bool) }
    /// An `int2` or null.
    package static func int2(optional value: Int16?) -> Self { value.map(Self.int2) ?? .typedNull(.int2) }
    /// An `int4` or null.
    package static func int4(optional value: Int32?) -> Self { value.map(Self.int4) ?? .typedNull(.int4) }
    /// An `int8` or null.
    package static func int8(optional value: Int64?) -> Self { value.map(Self.int8) ?? .typedNull(.int8) }
    /// A `float8` or null.
    package static func double(optional value: Double?) -> Self { value.map(Self.double) ?? .typedNull(.double) }
    /// A `text` or null.
    package static func text(optional value: String?) -> Self { value.map(Self.text) ?? .typedNull(.text) }
    /// A `bytea` or null.
    package static func bytes(optional value: [UInt8]?) -> Self { value.map(Self.bytes) ?? .typedNull(.bytes) }
    /// A `uuid` or null.
    package static func uuid(optional value: UUID?) -> Self { value.map(Self.uuid) ?? .typedNull(.uuid) }
    /// A `timestamptz` or null.
    package static func timestamp(optional value: Date?) -> Self {
        value.map(Self.timestamp) ?? .typedNull(.timestamp)
    }
    /// A `date` (days since 1970-01-01) or null.
    package static func date(optional value: Int32?) -> Self { value.map(Self.date) ?? .typedNull(.date) }
    /// A `jsonb` or null.
    package static func jsonb(optional value: String?) -> Self { value.map(Self.jsonb) ?? .typedNull(.jsonb) }

    /// A `date`.
    package static func date(_ day: PostgresDay) -> Self { .date(day.daysSince1970) }
    /// A `text[]` with nulls.
    package static func texts(optional values: [String?]) -> Self {
        .array(of: .text, values.map(Self.text(optional:)))
    }
    /// A `uuid[]` with nulls.
    package static func uuids(optional values: [UUID?]) -> Self { .array(of: .uuid, values.map(Self.uuid(optional:))) }
    /// An `int4[]` with nulls.
    package static func int4s(optional values: [Int32?]) -> Self { .array(of: .int4, values.map(Self.int4(optional:))) }
    /// An `int8[]` with nulls.
    package static func int8s(optional values: [Int64?]) -> Self { .array(of: .int8, values.map(Self.int8(optional:))) }
}
