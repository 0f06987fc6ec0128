/// The metadata keys this target logs under.
enum LogKey {
    static let severity = "postgres.severity"
    static let sqlState = "postgres.sqlstate"
    static let notice = "postgres.notice"
    static let migration = "postgres.migration"
}
