import CLibpq

/// What a statement gave back: its rows, in libpq's memory until they are decoded.
///
/// Copies share one C result, which goes when the last of them and the last of their rows does.
package struct PostgresResult: Sendable {
    let storage: ResultStorage

    /// The columns' names in the result's order.
    package var columns: [String] { storage.columns }

    /// How many rows an INSERT, UPDATE, DELETE, MERGE, COPY or SELECT touched; 0 for other commands.
    package var affectedRows: Int { storage.affectedRows }
}

extension PostgresResult: RandomAccessCollection {
    /// The first row's index.
    package var startIndex: Int { 0 }
    /// The number of rows.
    package var endIndex: Int { storage.rowCount }
    /// The row at `position`.
    package subscript(position: Int) -> PostgresRow {
        precondition(indices.contains(position), "row \(position) of a result of \(count)")
        return PostgresRow(storage: storage, index: position)
    }
}

/// The one owner of a `PGresult`.
final class ResultStorage: Sendable {
    // libpq, "Behavior in Threaded Programs": PGresult objects are normally read-only after creation, and so can be
    // passed around freely between threads. Nothing here calls the functions that modify one.
    private nonisolated(unsafe) let pointer: OpaquePointer
    let rowCount: Int
    let columns: [String]
    let columnNumbers: [String: Int]
    let affectedRows: Int
    /// Whether this is the beginning of a COPY, to be followed by its data.
    let isCopy: Bool

    /// Takes the result over; of two columns with one name the first is found by it.
    init(taking pointer: OpaquePointer) {
        self.pointer = pointer
        rowCount = Int(PQntuples(pointer))
        isCopy = [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(PQresultStatus(pointer))
        // The answer to COPY has columns without names.
        columns = (0..<PQnfields(pointer)).map { PQfname(pointer, $0).map { String(cString: $0) } ?? "" }
        columnNumbers = Dictionary(zip(columns, columns.indices), uniquingKeysWith: { first, _ in first })
        affectedRows = Int(String(cString: PQcmdTuples(pointer))) ?? 0
    }

    deinit { PQclear(pointer) }

    /// The command's tag, such as `COMMIT` or `INSERT 0 1`.
    var commandTag: String { String(cString: PQcmdStatus(pointer)) }

    func type(column: Int) -> PostgresType { PostgresType(rawValue: PQftype(pointer, Int32(column))) }

    /// Lends a field's bytes, or `nil` for SQL null; `row` and `column` are in range.
    func withField<Value, Failure: Error>(
        row: Int,
        column: Int,
        _ body: (UnsafeRawBufferPointer?) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let row = Int32(row)
        let column = Int32(column)
        guard PQgetisnull(pointer, row, column) == 0 else { return try body(nil) }
        return try body(
            UnsafeRawBufferPointer(
                start: PQgetvalue(pointer, row, column),
                count: Int(PQgetlength(pointer, row, column))
            )
        )
    }
}
