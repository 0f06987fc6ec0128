import Foundation

/// The folder of one demonstration, held by a lock so that a second start cannot pull it away from the first.
final class DemoFolder: Sendable {
    /// Where everything of the demonstration lies.
    let path: String
    private let lock: Int32

    /// Takes the folder `demo` below the data folder and empties it.
    ///
    /// - Throws: ``CommandFailure`` when another demonstration has it.
    init(below dataDirectory: String) throws {
        let data = URL(fileURLWithPath: Self.reachable(dataDirectory))
        do {
            try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure("\(data.path) cannot be made; choose another folder with --data-dir")
        }
        if data.path == Self.temporary { try Self.checkIsOwn(data.path) }
        path = data.appendingPathComponent("demo").path
        lock = open(data.appendingPathComponent("demo.lock").path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            throw CommandFailure(
                "another herald demo runs in \(data.path); stop it, or choose a folder with --data-dir"
            )
        }
        if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
        for folder in [path, nationalFeed, samples] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
    }

    deinit { close(lock) }

    /// The data folder the signing key lies in.
    var dataDirectory: String { URL(fileURLWithPath: path).deletingLastPathComponent().path }
    /// The private PostgreSQL.
    var cluster: String { path + "/postgres" }
    /// The runs of the national feed, as they arrived.
    var nationalFeed: String { path + "/nis" }
    /// Where they wait to be sent, if they go by MESH.
    var waitingFeed: String { path + "/nis-waiting" }
    /// The MESH server's files.
    var mesh: String { path + "/mesh" }
    /// The sample feeds, for trying again by hand.
    var samples: String { path + "/feeds" }

    /// Where a demonstration goes whose own folder others cannot enter.
    private static let temporary = "/tmp/herald-demo-data"

    /// Refuses a folder that somebody else has put at a place where everybody may write.
    private static func checkIsOwn(_ path: String) throws {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        guard attributes[.type] as? FileAttributeType == .typeDirectory,
            (attributes[.ownerAccountID] as? NSNumber)?.uint32Value == geteuid()
        else { throw CommandFailure("\(path) belongs to somebody else; choose another folder with --data-dir") }
    }

    /// PostgreSQL refuses root, so as root it runs as another user, who must be able to enter the folder: where a folder on
    /// the way is closed to others, such as `/root`, the demonstration moves to the temporary folder.
    private static func reachable(_ directory: String) -> String {
        guard geteuid() == 0 else { return directory }
        var folder = URL(fileURLWithPath: directory).standardizedFileURL
        while folder.path != "/" {
            let mode = (try? FileManager.default.attributesOfItem(atPath: folder.path)[.posixPermissions] as? NSNumber)
            if let mode, mode.intValue & 0o001 == 0 { return temporary }
            folder.deleteLastPathComponent()
        }
        return directory
    }
}
