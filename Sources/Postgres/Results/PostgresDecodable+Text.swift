package import Foundation

extension String: PostgresDecodable {
    /// Reads `text`, `varchar`, `char(n)`, `name`, `json` and `jsonb`.
    package static func decode(_ bytes: RawSpan, of type: PostgresType) throws(DecodingProblem) -> String {
        switch type {
        case .text, .varchar, .paddedCharacters, .name, .json: return text(bytes)
        case .jsonb:
            // One byte of format version, then the text.
            guard bytes.bigEndian(at: 0, as: UInt8.self) == 1 else { throw malformed(type) }
            return text(bytes.extracting(droppingFirst: 1))
        default: throw wrongType(type)
        }
    }

    /// The server checked the encoding when the text came in.
    private static func text(_ bytes: RawSpan) -> String {
        bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}

extension UUID: PostgresDecodable {
    /// Reads a `uuid`.
    package static func decode(_ bytes: RawSpan, of type: PostgresType) throws(DecodingProblem) -> UUID {
        guard type == .uuid else { throw wrongType(type) }
        guard bytes.byteCount == 16 else { throw malformed(type) }
        return UUID(uuid: bytes.unsafeLoadUnaligned(as: uuid_t.self))
    }
}

extension Date: PostgresDecodable {
    /// Reads a `timestamptz`; `infinity` has no place in a `Date`.
    package static func decode(_ bytes: RawSpan, of type: PostgresType) throws(DecodingProblem) -> Date {
        guard type == .timestamp else { throw wrongType(type) }
        guard let microseconds: Int64 = bytes.bigEndian(), let date = PostgresTime.date(microseconds) else {
            throw malformed(type)
        }
        return date
    }
}

extension PostgresDay: PostgresDecodable {
    /// Reads a `date`; `infinity` has no place in it.
    package static func decode(_ bytes: RawSpan, of type: PostgresType) throws(DecodingProblem) -> PostgresDay {
        guard type == .date else { throw wrongType(type) }
        guard let days: Int32 = bytes.bigEndian(), days != .max, days != .min else { throw malformed(type) }
        let (since1970, overflow) = days.addingReportingOverflow(PostgresTime.daysFrom1970)
        guard !overflow else { throw malformed(type) }
        return PostgresDay(daysSince1970: since1970)
    }
}
