import CLibpq

/// Where a server is and how to connect to it: libpq's connection keywords (PostgreSQL manual, libpq, "Connection
/// Strings") and a pool's limits.
package struct PostgresConfiguration: Sendable {
    /// libpq's keywords as given; the password is among them.
    private var keywords: [String: String]

    /// What the server's process list and log call the session.
    package var applicationName = "herald"
    /// How many connections a pool opens at most.
    package var maximumConnections = 8
    /// How long to wait for a connection to each host; libpq counts whole seconds, two at least.
    package var connectTimeout = Duration.seconds(5)
    /// After which time the server gives up on a statement; `nil` leaves the server's own setting.
    package var statementTimeout: Duration?
    /// How much longer than ``statementTimeout`` an answer is waited for before the connection is cut: then it is not the
    /// server that is slow, something between has gone silent.
    package var answerGrace = Duration.seconds(15)
    /// After which time the server ends a session that stands still inside a transaction, and with it the transaction's
    /// locks; `nil` leaves the server's own setting, which is never.
    ///
    /// A process that is suspended keeps its connections, so nothing else would ever end them.
    package var idleTransactionTimeout: Duration?

    /// Parses a URL (`postgres://user:password@host:port/database?sslmode=…`, `postgres:///database?host=/socket/folder`)
    /// or a keyword string (`host=… dbname=…`).
    ///
    /// - Throws: ``PostgresError/configuration(_:)``, which does not repeat the text: a password may be in it.
    package init(url: String) throws(PostgresError) {
        var complaint: UnsafeMutablePointer<CChar>?
        defer { PQfreemem(complaint) }
        guard !url.utf8.contains(0), let options = PQconninfoParse(url, &complaint) else {
            throw .configuration(Self.withoutQuotations(complaint.map { String(cString: $0) } ?? "a NUL character"))
        }
        defer { PQconninfoFree(options) }
        var keywords: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                keywords[String(cString: keyword)] = String(cString: value)
            }
            option += 1
        }
        self.keywords = keywords
        applicationName = keywords["application_name"] ?? applicationName
        connectTimeout = keywords["connect_timeout"].flatMap(Int.init).map { .seconds($0) } ?? connectTimeout
    }

    /// The database's name; `nil` means the user's own.
    package var database: String? {
        get { keywords["dbname"] }
        set { keywords["dbname"] = newValue }
    }

    /// A URL that parses to these keywords, the password among them.
    package var url: String {
        "postgresql:///?"
            + keywords.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.percentEncoded($0.value))" }
            .joined(separator: "&")
    }

    /// The same for a program of PostgreSQL's own, as its environment: what is on a command line, everybody can read.
    package var environment: [String: String] {
        let names = [
            "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE",
            "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT",
        ]
        let named = keywords.compactMap { key, value in names[key].map { ($0, value) } }
        return Dictionary(uniqueKeysWithValues: named)
    }

    /// How long an operation waits for the server; nil is for ever.
    var answerLimit: Duration? { statementTimeout.map { $0 + answerGrace } }

    /// The keywords to connect with, defaults included.
    var connectionKeywords: [String: String] {
        var all = keywords
        all["application_name"] = applicationName
        all["connect_timeout"] = String(max(2, connectTimeout.wholeSecondsUp))
        all["client_encoding"] = "UTF8"
        var options = [keywords["options"], "-c TimeZone=UTC"]
        if let statementTimeout {
            options.append("-c statement_timeout=\(max(1, statementTimeout.milliseconds))")
        }
        if let idleTransactionTimeout {
            options.append("-c idle_in_transaction_session_timeout=\(max(1, idleTransactionTimeout.milliseconds))")
        }
        all["options"] = options.compactMap(\.self).joined(separator: " ")
        // A machine that vanished without a word is noticed after about a minute instead of two hours.
        all.merge(["keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"]) { own, _ in own }
        return all
    }

    /// libpq quotes the part it stumbled over, and that part may be a piece of a password.
    private static func withoutQuotations(_ complaint: String) -> String {
        let parts = complaint.split(separator: "\"", omittingEmptySubsequences: false)
        let kept = parts.enumerated().map { $0.offset.isMultiple(of: 2) ? String($0.element) : "\"…\"" }.joined()
        return kept.split(whereSeparator: \.isNewline).joined(separator: " ")
            + " (expected postgres://user:password@host:port/database)"
    }

    private static func percentEncoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                String(UnicodeScalar(byte))
            default: (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}

extension PostgresConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Host, port, database and user; never the password.
    package var description: String {
        ["host", "port", "dbname", "user"].compactMap { key in keywords[key].map { "\(key)=\($0)" } }
            .joined(separator: " ")
    }

    /// The same as ``description``: a debugger's print ends in logs too.
    package var debugDescription: String { description }

    /// Only what ``description`` says, so that `dump` gives no password away either.
    package var customMirror: Mirror { Mirror(self, children: ["connection": description]) }
}

extension Duration {
    fileprivate var wholeSecondsUp: Int64 { components.seconds + (components.attoseconds > 0 ? 1 : 0) }

    fileprivate var milliseconds: Int64 {
        let (seconds, overflow) = components.seconds.multipliedReportingOverflow(by: 1000)
        // statement_timeout is an int4 of milliseconds, some 24 days at most.
        guard !overflow, seconds < Int64(Int32.max) - 1000 else { return Int64(Int32.max) }
        return seconds + components.attoseconds / 1_000_000_000_000_000
    }
}
