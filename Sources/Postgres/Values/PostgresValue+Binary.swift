import Foundation

extension PostgresValue {
    /// Appends the value's binary form; null has none.
    ///
    /// - Throws: ``PostgresError/encoding(_:)`` without the value itself.
    func write(to bytes: inout [UInt8]) throws(PostgresError) {
        switch self {
        case .null, .typedNull: break
        case .bool(let value): bytes.append(value ? 1 : 0)
        case .int2(let value): bytes.append(bigEndian: value)
        case .int4(let value): bytes.append(bigEndian: value)
        case .int8(let value): bytes.append(bigEndian: value)
        case .double(let value): bytes.append(bigEndian: value.bitPattern)
        case .text(let value): try Self.write(text: value, to: &bytes)
        case .bytes(let value): bytes += value
        case .uuid(let value): withUnsafeBytes(of: value.uuid) { bytes.append(contentsOf: $0) }
        case .timestamp(let value):
            guard let microseconds = PostgresTime.microseconds(value) else {
                throw .encoding("a timestamp outside PostgreSQL's range")
            }
            bytes.append(bigEndian: microseconds)
        case .date(let value):
            let (days, overflow) = value.subtractingReportingOverflow(PostgresTime.daysFrom1970)
            guard !overflow else { throw .encoding("a date outside PostgreSQL's range") }
            bytes.append(bigEndian: days)
        case .jsonb(let value):
            bytes.append(1)  // the format's version
            try Self.write(text: value, to: &bytes)
        case .bools(let values): try Self.write(values, of: .bool, as: Self.bool, to: &bytes)
        case .int2s(let values): try Self.write(values, of: .int2, as: Self.int2, to: &bytes)
        case .int4s(let values): try Self.write(values, of: .int4, as: Self.int4, to: &bytes)
        case .int8s(let values): try Self.write(values, of: .int8, as: Self.int8, to: &bytes)
        case .doubles(let values): try Self.write(values, of: .double, as: Self.double, to: &bytes)
        case .texts(let values): try Self.write(values, of: .text, as: Self.text, to: &bytes)
        case .byteArrays(let values): try Self.write(values, of: .bytes, as: Self.bytes, to: &bytes)
        case .uuids(let values): try Self.write(values, of: .uuid, as: Self.uuid, to: &bytes)
        case .timestamps(let values): try Self.write(values, of: .timestamp, as: Self.timestamp, to: &bytes)
        case .dates(let values): try Self.write(values, of: .date, as: { .date($0) }, to: &bytes)
        case .array(let type, let values): try Self.write(values, of: type, as: { $0 }, to: &bytes)
        }
    }

    private static func write(text: String, to bytes: inout [UInt8]) throws(PostgresError) {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        guard !bytes[start...].contains(0) else { throw .encoding("text with a NUL character") }
    }

    /// The array format: dimensions, whether there are nulls, element type; then per dimension its length and lower
    /// bound; then each element with its length in front (`src/backend/utils/adt/arrayfuncs.c`, `array_recv`).
    private static func write<Element>(
        _ elements: [Element],
        of type: PostgresType,
        as value: (Element) -> PostgresValue,
        to bytes: inout [UInt8]
    ) throws(PostgresError) {
        bytes.append(bigEndian: Int32(elements.isEmpty ? 0 : 1))
        let nulls = bytes.count
        bytes.append(bigEndian: Int32(0))
        bytes.append(bigEndian: type.rawValue)
        guard !elements.isEmpty else { return }
        bytes.append(bigEndian: Int32(clamping: elements.count))
        bytes.append(bigEndian: Int32(1))
        for element in elements {
            let value = value(element)
            guard !value.isNull else {
                bytes.replace(at: nulls, bigEndian: 1)
                bytes.append(bigEndian: Int32(-1))
                continue
            }
            guard value.type == type else { throw .encoding("\(value.type) in an array of \(type)") }
            let start = bytes.count
            bytes.append(bigEndian: Int32(0))
            try value.write(to: &bytes)
            bytes.replace(at: start, bigEndian: Int32(clamping: bytes.count - start - 4))
        }
    }
}
