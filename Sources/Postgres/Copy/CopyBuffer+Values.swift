package import Foundation

// One column each, in the type the label says; `nil` is SQL null.
extension CopyBuffer {
    /// SQL null.
    package mutating func appendNull() {
        beginField(length: -1)
    }

    /// A `bool`.
    package mutating func append(bool value: Bool?) {
        appendInteger(value.map { $0 ? 1 as UInt8 : 0 })
    }

    /// An `int2`.
    package mutating func append(int2 value: Int16?) {
        appendInteger(value)
    }

    /// An `int4`.
    package mutating func append(int4 value: Int32?) {
        appendInteger(value)
    }

    /// An `int8`.
    package mutating func append(int8 value: Int64?) {
        appendInteger(value)
    }

    /// A `float8`.
    package mutating func append(double value: Double?) {
        appendInteger(value?.bitPattern)
    }

    /// A `timestamptz`, rounded to microseconds.
    package mutating func append(timestamp value: Date?) {
        guard let value else { return appendNull() }
        if let microseconds = PostgresTime.microseconds(value) {
            appendInteger(microseconds)
        } else {
            appendNull()
            note(.outOfRange)
        }
    }

    /// A `timestamptz` as microseconds since 1970-01-01 00:00 UTC.
    package mutating func append(timestamp microsecondsSince1970: Int64) {
        let (value, overflow) = microsecondsSince1970.subtractingReportingOverflow(PostgresTime.microsecondsFrom1970)
        if overflow { note(.outOfRange) }
        appendInteger(value)
    }

    /// A `date` as days since 1970-01-01.
    package mutating func append(date daysSince1970: Int32?) {
        guard let daysSince1970 else { return appendNull() }
        let (value, overflow) = daysSince1970.subtractingReportingOverflow(PostgresTime.daysFrom1970)
        if overflow { note(.outOfRange) }
        appendInteger(value)
    }

    /// A `uuid`.
    package mutating func append(uuid value: UUID?) {
        guard let value else { return appendNull() }
        withUnsafeBytes(of: value.uuid) { append(uuid: $0) }
    }

    /// A `uuid` from its first and its last eight bytes, each as a number in network order.
    package mutating func append(uuid value: (UInt64, UInt64)) {
        beginField(length: 16)
        bytes.append(bigEndian: value.0)
        bytes.append(bigEndian: value.1)
    }

    /// A `uuid` from its 16 bytes.
    package mutating func append(uuid value: UnsafeRawBufferPointer) {
        if value.count != 16 { note(.outOfRange) }
        beginField(length: 16)
        bytes.append(contentsOf: value)
    }

    @inline(__always)
    private mutating func appendInteger<Value: FixedWidthInteger>(_ value: Value?) {
        guard let value else { return appendNull() }
        beginField(length: Int32(MemoryLayout<Value>.size))
        bytes.append(bigEndian: value)
    }
}

// The server refuses U+0000 and broken UTF-8 in text, and the whole COPY with it: check before.
extension CopyBuffer {
    /// A `text`, `varchar`, `char(n)` or `json`.
    package mutating func append(text value: String?) {
        guard let value else { return appendNull() }
        append(utf8: value.utf8)
    }

    /// A `text` and its like from UTF-8 as it stands.
    package mutating func append(utf8 value: some Sequence<UInt8>) {
        openField()
        bytes.append(contentsOf: value)
        closeField()
    }

    /// A `text` and its like from UTF-8 as it stands.
    package mutating func append(utf8 value: ArraySlice<UInt8>) {
        value.withUnsafeBytes { appendBlock($0) }
    }

    /// A `text` and its like from UTF-8 as it stands.
    package mutating func append(utf8 value: UnsafeBufferPointer<UInt8>) {
        appendBlock(UnsafeRawBufferPointer(value))
    }

    /// A `bytea`, or any type whose binary form the caller knows.
    package mutating func append(bytes value: [UInt8]?) {
        guard let value else { return appendNull() }
        value.withUnsafeBytes { appendBlock($0) }
    }

    /// A `bytea`, or any type whose binary form the caller knows.
    package mutating func append(bytes value: ArraySlice<UInt8>) {
        value.withUnsafeBytes { appendBlock($0) }
    }

    /// A `bytea`, or any type whose binary form the caller knows.
    package mutating func append(bytes value: UnsafeRawBufferPointer) {
        appendBlock(value)
    }

    /// A `jsonb` from JSON text.
    package mutating func append(jsonb value: String?) {
        guard let value else { return appendNull() }
        openField()
        bytes.append(1)  // the format's version
        bytes.append(contentsOf: value.utf8)
        closeField()
    }

    private mutating func appendBlock(_ block: UnsafeRawBufferPointer) {
        guard let length = Int32(exactly: block.count) else {
            appendNull()
            return note(.outOfRange)
        }
        beginField(length: length)
        bytes.append(contentsOf: block)
    }
}
