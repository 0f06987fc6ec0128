import Foundation

/// The programs that come with a server, such as `pgbench`.
package enum ServerTool {
    /// Where a program is, beside the newest server.
    ///
    /// - Throws: ``PostgresError/cluster(_:)`` that says what to install.
    package static func path(_ name: String) throws(PostgresError) -> String {
        let path = try ServerBinaries.find().folder + "/" + name
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw .cluster("\(name) is not at \(path); install it (Debian: apt-get install postgresql-contrib)")
        }
        return path
    }
}
