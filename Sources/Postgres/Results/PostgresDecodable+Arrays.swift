extension Array: PostgresDecodable where Element: PostgresArrayElement {
    /// Reads an array of one dimension, or a `bytea` as `[UInt8]`.
    package static func decode(_ bytes: RawSpan, of type: PostgresType) throws(DecodingProblem) -> [Element] {
        try Element.decodeArray(bytes, of: type)
    }
}

extension Array: PostgresArrayElement where Element: PostgresArrayElement {}

extension UInt8: PostgresArrayElement {
    /// Reads a `bytea`.
    package static func decodeArray(_ bytes: RawSpan, of type: PostgresType) throws(DecodingProblem) -> [UInt8] {
        guard type == .bytes else { throw .type(type, wanted: "[UInt8]") }
        return bytes.withUnsafeBytes { [UInt8]($0) }
    }
}

extension PostgresDecodable {
    /// Reads an SQL array (the format is described where `PostgresValue` writes it).
    package static func decodeArray(_ bytes: RawSpan, of type: PostgresType) throws(DecodingProblem) -> [Self] {
        let wanted = "[\(Self.self)]"
        guard let dimensions = bytes.bigEndian(at: 0, as: Int32.self),
            let rawElement = bytes.bigEndian(at: 8, as: UInt32.self)
        else { throw .type(type, wanted: wanted) }
        let element = PostgresType(rawValue: rawElement)
        // Only an array names its element's type in itself, so no other type gets past this.
        guard type == element.array, type != .unspecified else { throw .type(type, wanted: wanted) }
        guard dimensions == 1 else {
            guard dimensions == 0 else { throw .malformed(type, wanted: wanted) }
            return []
        }
        guard let count = bytes.bigEndian(at: 12, as: Int32.self), count >= 0 else {
            throw .malformed(type, wanted: wanted)
        }
        var values: [Self] = []
        values.reserveCapacity(Swift.min(Int(count), bytes.byteCount / 4))
        var offset = 20
        for _ in 0..<count {
            guard let length = bytes.bigEndian(at: offset, as: Int32.self).map(Int.init) else {
                throw .malformed(type, wanted: wanted)
            }
            offset += 4
            guard length >= 0 else {
                guard let null = Self.null else { throw .null }
                values.append(null)
                continue
            }
            guard offset + length <= bytes.byteCount else { throw .malformed(type, wanted: wanted) }
            values.append(try Self.decode(bytes.extracting(offset..<offset + length), of: element))
            offset += length
        }
        return values
    }
}
