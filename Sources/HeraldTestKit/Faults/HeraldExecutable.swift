import Foundation
import Postgres

/// The program as an operator has it: the executable that was built beside the tests.
enum HeraldExecutable {
    /// Its path; looked for from the test bundle upwards.
    static let path: String = {
        var folder = Bundle.main.bundleURL
        while !FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent("herald").path),
            folder.path != "/"
        {
            folder.deleteLastPathComponent()
        }
        return folder.appendingPathComponent("herald").path
    }()

    /// A command line whose process dies with ours, even when ours is killed.
    static func dyingWithUs(_ command: [String]) -> [String] {
        let setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].first(where: FileManager.default.isExecutableFile)
        return setpriv.map { [$0, "--pdeathsig", "KILL", "--"] + command } ?? command
    }

    /// Our environment without Herald's settings, and these.
    static func environment(_ settings: [String: String]) -> [String: String] {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("HERALD_") }
        // A machine that tests run on may be as full as it likes.
        environment["HERALD_FEED_DISK_PERCENT"] = "100"
        return environment.merging(settings) { $1 }
    }
}
