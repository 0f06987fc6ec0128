/// A statement's parameters in the form libpq takes them: one buffer for all bytes, and where each value lies in it.
struct EncodedParameters {
    let types: [UInt32]
    private var bytes: [UInt8] = []
    private var offsets: [Int?] = []
    private var lengths: [Int32] = []

    init(_ values: [PostgresValue]) throws(PostgresError) {
        types = values.map(\.type.rawValue)
        guard values.count <= Int(UInt16.max) else { throw .encoding("more than 65,535 parameters") }
        for value in values {
            let start = bytes.count
            try value.write(to: &bytes)
            offsets.append(value.isNull ? nil : start)
            lengths.append(Int32(clamping: bytes.count - start))
        }
        guard bytes.count < Int32.max else { throw .encoding("parameters of more than 2 GiB") }
        // An empty value needs an address too: to libpq a null pointer is SQL null.
        bytes.append(0)
    }

    /// Lends the arrays `PQsendQueryPrepared` and its kin take: count, values, lengths, formats (all binary).
    func withPointers<Result>(
        _ body: (
            Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
        ) -> Result
    ) -> Result {
        bytes.withUnsafeBytes { buffer in
            let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            let values = offsets.map { offset in offset.flatMap { start?.advanced(by: $0) } }
            let formats = [Int32](repeating: 1, count: values.count)
            return body(Int32(values.count), values, lengths, formats)
        }
    }
}
