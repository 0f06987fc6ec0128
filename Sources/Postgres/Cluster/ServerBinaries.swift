import Foundation

/// Where `initdb` and `postgres` are; both lie in one folder.
struct ServerBinaries: Sendable {
    let folder: String

    var initdb: String { folder + "/initdb" }
    var postgres: String { folder + "/postgres" }

    /// Finds the newest server, or the one of the major `version` that an existing folder needs.
    ///
    /// Debian keeps them out of PATH, by version, under `/usr/lib/postgresql`; others put them in PATH.
    static func find(
        version: String? = nil,
        roots: [String] = ["/usr/lib/postgresql", "/usr/local/lib/postgresql"],
        path: String = ProcessInfo.processInfo.environment["PATH"] ?? ""
    ) throws(PostgresError) -> ServerBinaries {
        let versioned = roots.flatMap { root in
            ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [])
                .compactMap { Int($0) }.sorted(by: >)
                .filter { version == nil || "\($0)" == version }
                .map { "\(root)/\($0)/bin" }
        }
        for folder in versioned + path.split(separator: ":").map(String.init) {
            let found = ServerBinaries(folder: folder)
            guard [found.initdb, found.postgres].allSatisfy(FileManager.default.isExecutableFile) else { continue }
            return found
        }
        let package = version.map { "postgresql-\($0)" } ?? "postgresql"
        throw .cluster(
            "initdb and postgres are neither in /usr/lib/postgresql/*/bin nor in PATH; install them (Debian: apt-get install \(package))"
        )
    }
}
