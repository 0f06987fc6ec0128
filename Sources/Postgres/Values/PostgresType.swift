/// A PostgreSQL type, named by its OID (`pg_type`, `src/include/catalog/pg_type.dat`).
package struct PostgresType: RawRepresentable, Hashable, Sendable {
    /// The OID; built-in types have the same one in every database.
    package let rawValue: UInt32

    /// Takes any OID, those of user-defined types too.
    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    private static let names: [(name: String, oid: UInt32, arrayOID: UInt32)] = [
        ("bool", 16, 1000), ("bytea", 17, 1001), ("name", 19, 1003), ("int8", 20, 1016), ("int2", 21, 1005),
        ("int4", 23, 1007), ("text", 25, 1009), ("json", 114, 199), ("float4", 700, 1021), ("float8", 701, 1022),
        ("bpchar", 1042, 1014), ("varchar", 1043, 1015), ("date", 1082, 1182), ("timestamp", 1114, 1115),
        ("timestamptz", 1184, 1185), ("numeric", 1700, 1231), ("uuid", 2950, 2951), ("jsonb", 3802, 3807),
    ]

    /// The type of one-dimensional arrays of this type; 0 (let the server decide) for types not listed here.
    package var array: PostgresType {
        PostgresType(rawValue: Self.names.first { $0.oid == rawValue }?.arrayOID ?? 0)
    }
}

extension PostgresType: CustomStringConvertible {
    /// The type's SQL name, or its OID where it is none of those this target knows.
    package var description: String {
        for (name, oid, arrayOID) in Self.names {
            if oid == rawValue { return name }
            if arrayOID == rawValue { return name + "[]" }
        }
        return "type \(rawValue)"
    }
}

extension PostgresType {
    /// Left to the server to work out from the statement.
    package static let unspecified = PostgresType(rawValue: 0)
    /// A `bool`.
    package static let bool = PostgresType(rawValue: 16)
    /// A `bytea`.
    package static let bytes = PostgresType(rawValue: 17)
    /// A `name`, as in the system catalogues.
    package static let name = PostgresType(rawValue: 19)
    /// An `int8`.
    package static let int8 = PostgresType(rawValue: 20)
    /// An `int2`.
    package static let int2 = PostgresType(rawValue: 21)
    /// An `int4`.
    package static let int4 = PostgresType(rawValue: 23)
    /// A `text`.
    package static let text = PostgresType(rawValue: 25)
    /// A `json`.
    package static let json = PostgresType(rawValue: 114)
    /// A `float4`.
    package static let float = PostgresType(rawValue: 700)
    /// A `float8`.
    package static let double = PostgresType(rawValue: 701)
    /// A `char(n)`.
    package static let paddedCharacters = PostgresType(rawValue: 1042)
    /// A `varchar`.
    package static let varchar = PostgresType(rawValue: 1043)
    /// A `date`.
    package static let date = PostgresType(rawValue: 1082)
    /// A `timestamptz`.
    package static let timestamp = PostgresType(rawValue: 1184)
    /// A `uuid`.
    package static let uuid = PostgresType(rawValue: 2950)
    /// A `jsonb`.
    package static let jsonb = PostgresType(rawValue: 3802)
}
