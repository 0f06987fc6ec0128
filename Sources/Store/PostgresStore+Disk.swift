package import Feeds
import Postgres

extension PostgresStore {
    package func diskUse() async throws -> DiskUse? {
        try await pool.withConnection { try await Self.diskUse($0) }
    }

    /// The server's folder is only asked for where it tells this user, and only looked at where the server is on this
    /// machine: on another one the same path may be there too.
    static func diskUse(_ connection: PostgresConnection) async throws -> DiskUse? {
        let row = try await connection.query(
            """
            SELECT CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE') THEN current_setting('data_directory') END AS folder
            WHERE inet_server_addr() IS NULL OR inet_server_addr() <<= '127.0.0.0/8' OR inet_server_addr() = '::1'
            """
        ).first
        return try row?.decode("folder", as: String?.self).flatMap { DiskUse(of: $0) }
    }
}
