package import Foundation

/// A statement's parameter.
///
/// It is sent in binary with its type's OID, so the server guesses nothing.
package enum PostgresValue: Hashable, Sendable {
    /// SQL null of a type the server works out; ``typedNull(_:)`` keeps to one prepared statement for null and not null.
    case null
    /// SQL null of a known type.
    case typedNull(PostgresType)
    /// A `bool`.
    case bool(Bool)
    /// An `int2`.
    case int2(Int16)
    /// An `int4`.
    case int4(Int32)
    /// An `int8`.
    case int8(Int64)
    /// A `float8`.
    case double(Double)
    /// A `text`; a NUL character is refused.
    case text(String)
    /// A `bytea`.
    case bytes([UInt8])
    /// A `uuid`.
    case uuid(UUID)
    /// A `timestamptz`, rounded to microseconds.
    case timestamp(Date)
    /// A `date`: days since 1970-01-01.
    case date(Int32)
    /// A `jsonb`, as JSON text.
    case jsonb(String)
    /// A `bool[]`.
    case bools([Bool])
    /// An `int2[]`.
    case int2s([Int16])
    /// An `int4[]`.
    case int4s([Int32])
    /// An `int8[]`.
    case int8s([Int64])
    /// A `float8[]`.
    case doubles([Double])
    /// A `text[]`.
    case texts([String])
    /// A `bytea[]`.
    case byteArrays([[UInt8]])
    /// A `uuid[]`.
    case uuids([UUID])
    /// A `timestamptz[]`.
    case timestamps([Date])
    /// A `date[]`: days since 1970-01-01.
    case dates([Int32])
    /// An array of any type listed in ``PostgresType``, with ``null`` among the elements where wanted.
    case array(of: PostgresType, [PostgresValue])
}

extension PostgresValue {
    /// The type the value is sent as.
    package var type: PostgresType {
        switch self {
        case .null: .unspecified
        case .typedNull(let type): type
        case .bool: .bool
        case .int2: .int2
        case .int4: .int4
        case .int8: .int8
        case .double: .double
        case .text: .text
        case .bytes: .bytes
        case .uuid: .uuid
        case .timestamp: .timestamp
        case .date: .date
        case .jsonb: .jsonb
        case .bools: PostgresType.bool.array
        case .int2s: PostgresType.int2.array
        case .int4s: PostgresType.int4.array
        case .int8s: PostgresType.int8.array
        case .doubles: PostgresType.double.array
        case .texts: PostgresType.text.array
        case .byteArrays: PostgresType.bytes.array
        case .uuids: PostgresType.uuid.array
        case .timestamps: PostgresType.timestamp.array
        case .dates: PostgresType.date.array
        case .array(let element, _): element.array
        }
    }

    /// Whether the value is SQL null.
    package var isNull: Bool {
        switch self {
        case .null, .typedNull: true
        default: false
        }
    }
}
