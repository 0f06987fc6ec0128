extension Bool: PostgresDecodable {
    /// Reads a `bool`.
    package static func decode(_ bytes: RawSpan, of type: PostgresType) throws(DecodingProblem) -> Bool {
        guard type == .bool else { throw wrongType(type) }
        guard let byte: UInt8 = bytes.bigEndian() else { throw malformed(type) }
        return byte != 0
    }
}

extension PostgresDecodable where Self: FixedWidthInteger {
    /// Reads `int2`, `int4` and `int8` as far as the value fits for every possible column value.
    package static func decode(_ bytes: RawSpan, of type: PostgresType) throws(DecodingProblem) -> Self {
        let value: Int64?
        switch type {
        case .int2: value = bytes.bigEndian(as: Int16.self).map(Int64.init)
        case .int4 where bitWidth >= 32: value = bytes.bigEndian(as: Int32.self).map(Int64.init)
        case .int8 where bitWidth >= 64: value = bytes.bigEndian(as: Int64.self)
        default: throw wrongType(type)
        }
        guard let value, let narrowed = Self(exactly: value) else { throw malformed(type) }
        return narrowed
    }
}

extension Int16: PostgresDecodable {}
extension Int32: PostgresDecodable {}
extension Int64: PostgresDecodable {}
extension Int: PostgresDecodable {}

extension Double: PostgresDecodable {
    /// Reads `float8` and `float4`.
    package static func decode(_ bytes: RawSpan, of type: PostgresType) throws(DecodingProblem) -> Double {
        let value: Double?
        switch type {
        case .double: value = bytes.bigEndian(as: UInt64.self).map(Double.init(bitPattern:))
        case .float: value = bytes.bigEndian(as: UInt32.self).map { Double(Float(bitPattern: $0)) }
        default: throw wrongType(type)
        }
        guard let value else { throw malformed(type) }
        return value
    }
}
