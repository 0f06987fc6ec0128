/// A Swift type that can be read from a column's binary form.
package protocol PostgresDecodable: PostgresArrayElement {
    /// Reads a value of PostgreSQL's `type`; it keeps nothing of `bytes`.
    ///
    /// - Throws: ``DecodingProblem/type(_:wanted:)`` for types it is not read from, ``DecodingProblem/malformed(_:wanted:)``
    ///   for values it cannot hold.
    static func decode(_ bytes: RawSpan, of type: PostgresType) throws(DecodingProblem) -> Self

    /// What SQL null is read as; `nil` where there is nothing to read it as.
    static var null: Self? { get }
}

/// A Swift type whose arrays can be read from a column.
///
/// It stands apart from ``PostgresDecodable`` because of `UInt8`: PostgreSQL has no such type, and an array of them is
/// not an SQL array but a `bytea`.
package protocol PostgresArrayElement: Sendable {
    /// Reads the whole array.
    static func decodeArray(_ bytes: RawSpan, of type: PostgresType) throws(DecodingProblem) -> [Self]
}

extension PostgresDecodable {
    /// Most types have no room for null.
    package static var null: Self? { nil }

    static func wrongType(_ type: PostgresType) -> DecodingProblem { .type(type, wanted: "\(Self.self)") }
    static func malformed(_ type: PostgresType) -> DecodingProblem { .malformed(type, wanted: "\(Self.self)") }
}

extension Optional: PostgresDecodable, PostgresArrayElement where Wrapped: PostgresDecodable {
    /// Reads the value itself; null never comes here.
    package static func decode(_ bytes: RawSpan, of type: PostgresType) throws(DecodingProblem) -> Self {
        .some(try Wrapped.decode(bytes, of: type))
    }

    /// Null is `nil`.
    package static var null: Self? { .some(.none) }
}
