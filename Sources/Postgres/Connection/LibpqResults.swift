import CLibpq
import Foundation

/// The connection's last complaint on one line.
func lastMessage(of connection: OpaquePointer) -> String {
    let text = String(cString: PQerrorMessage(connection)).trimmingCharacters(in: .whitespacesAndNewlines)
    return text.isEmpty ? "lost" : text.split(whereSeparator: \.isNewline).joined(separator: "; ")
}

/// Collects the answer to what was just sent: the first error, else the last result.
///
/// `PQexec` and its kin give the last of everything, and so lose why a session was ended: the end itself comes after it.
func answer(sent: Int32, on connection: OpaquePointer) throws(PostgresError) -> PostgresResult {
    guard sent == 1 else { throw .connection(lastMessage(of: connection)) }
    var outcome = Result<PostgresResult, PostgresError>.failure(.connection("no answer"))
    var hasFailed = false
    while let result = PQgetResult(connection) {
        let next = Result { () throws(PostgresError) in try checked(result, on: connection) }
        if !hasFailed { outcome = next }
        if case .failure = next { hasFailed = true }
        // A COPY that has begun goes on giving the same result, and so may a connection that is gone.
        guard PQtransactionStatus(connection) != PQTRANS_UNKNOWN, (try? next.get())?.storage.isCopy != true else {
            break
        }
    }
    return try outcome.get()
}

/// Takes a result over, or throws what it says.
func checked(_ result: OpaquePointer?, on connection: OpaquePointer) throws(PostgresError) -> PostgresResult {
    guard let result else { throw .connection(lastMessage(of: connection)) }
    switch PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY, PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
        return PostgresResult(storage: ResultStorage(taking: result))
    default:
        defer { PQclear(result) }
        throw serverError(result, on: connection)
    }
}

/// What a failed result says.
///
/// Without an SQLSTATE it is libpq that speaks: the connection is gone.
func serverError(_ result: OpaquePointer, on connection: OpaquePointer) -> PostgresError {
    guard let state = DiagnosticField.sqlState.text(in: result) else { return .connection(lastMessage(of: connection)) }
    let labelled: [(String, DiagnosticField)] = [("DETAIL", .detail), ("HINT", .hint), ("CONTEXT", .context)]
    let detail = labelled.compactMap { label, field in field.text(in: result).map { "\(label): \($0)" } }
    return .server(
        SQLState(rawValue: state),
        message: DiagnosticField.message.text(in: result) ?? "",
        constraint: DiagnosticField.constraint.text(in: result),
        detail: detail.isEmpty ? nil : detail.joined(separator: "\n")
    )
}

/// C would end the text at its first NUL and send something else than was written.
func checkForNUL(_ text: String, _ what: String) throws(PostgresError) {
    guard !text.utf8.contains(0) else { throw .encoding("\(what) with a NUL character") }
}

/// A name in quotes, whatever is in it.
func quotedIdentifier(_ name: String, on connection: OpaquePointer) throws(PostgresError) -> String {
    try checkForNUL(name, "a name")
    guard let quoted = PQescapeIdentifier(connection, name, name.utf8.count) else {
        throw .encoding("a name that cannot be quoted")
    }
    defer { PQfreemem(quoted) }
    return String(cString: quoted)
}

/// Lends a null-terminated array of C strings.
func withCStrings<Value>(_ strings: [String], _ body: ([UnsafePointer<CChar>?]) -> Value) -> Value {
    let copies = strings.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    return body(copies.map { UnsafePointer($0) } + [nil])
}
