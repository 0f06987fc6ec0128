import CLibpq

extension PostgresConnection {
    /// Appends rows to a table (`COPY … FROM STDIN (FORMAT binary)`): all or none of them.
    ///
    /// Column types must be exactly those appended to the buffer; nothing is cast. Columns left out get their default.
    ///
    /// - Returns: how many rows went in.
    /// - Throws: ``PostgresError/server(_:message:constraint:detail:)``, with ``PostgresError/copyLine`` naming the row;
    ///   ``PostgresError/encoding(_:)`` for a buffer with an unfinished row.
    @discardableResult
    package func copy(into table: String, columns: [String], _ rows: CopyBuffer) async throws(PostgresError) -> Int {
        try rows.check(columns: columns.count)
        guard rows.count > 0 else { return 0 }
        return try await perform { connection throws(PostgresError) in
            var quoted: [String] = []
            for column in columns {
                quoted.append(try quotedIdentifier(column, on: connection))
            }
            let table = try quotedIdentifier(table, on: connection)
            let sql = "COPY \(table) (\(quoted.joined(separator: ", "))) FROM STDIN (FORMAT binary)"
            _ = try answer(sent: PQsendQuery(connection, sql), on: connection)
            try send(rows, on: connection)
            return try answer(sent: 1, on: connection).affectedRows
        }
    }

    private func send(_ rows: CopyBuffer, on connection: OpaquePointer) throws(PostgresError) {
        try put(CopyBuffer.header, on: connection)
        try put(rows.bytes, on: connection)
        try put(CopyBuffer.trailer, on: connection)
        guard PQputCopyEnd(connection, nil) == 1 else { throw .connection(lastMessage(of: connection)) }
    }

    private func put(_ bytes: [UInt8], on connection: OpaquePointer) throws(PostgresError) {
        // In pieces, because libpq copies each into a buffer of its own before it sends it.
        let piece = 65_536
        let isSent = bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self) else { return true }
            return stride(from: 0, to: buffer.count, by: piece).allSatisfy { offset in
                monitor.hasProgressed()
                return PQputCopyData(connection, start + offset, Int32(min(piece, buffer.count - offset))) == 1
            }
        }
        guard isSent else { throw .connection(lastMessage(of: connection)) }
    }
}
