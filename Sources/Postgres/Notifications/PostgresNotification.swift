/// A message another session sent with NOTIFY or `pg_notify`, when its transaction was committed.
package struct PostgresNotification: Hashable, Sendable {
    /// The channel's name.
    package let channel: String
    /// What the sender wrote, often nothing.
    package let payload: String
    /// The server process of the sender's session.
    package let processID: Int32
}

extension PostgresConnection {
    /// Sends a notification; listeners get it when the transaction in hand, if any, is committed.
    package func notify(channel: String, payload: String = "") async throws(PostgresError) {
        try await query("SELECT pg_notify($1, $2)", [.text(channel), .text(payload)])
    }
}

extension PostgresPool {
    /// Sends a notification at once.
    package func notify(channel: String, payload: String = "") async throws(PostgresError) {
        try await query("SELECT pg_notify($1, $2)", [.text(channel), .text(payload)])
    }
}
