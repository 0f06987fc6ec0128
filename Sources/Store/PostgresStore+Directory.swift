import Postgres

extension PostgresStore {
    /// Which of these ODS codes are of no practice that was loaded.
    package func unknownPractices(of codes: Set<String>) async throws -> [String] {
        let rows = try await pool.query(
            """
            SELECT c FROM unnest($1::text[]) AS k (c) WHERE NOT EXISTS (SELECT FROM practice WHERE ods_code = c) ORDER BY c
            """,
            [.texts(Array(codes))]
        )
        return try rows.map { try $0.decode("c", as: String.self) }
    }
}
