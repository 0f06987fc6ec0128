import Foundation

/// Who a private server runs as: `initdb` and `postgres` refuse root.
enum ServerAccount: Sendable, Hashable {
    case ourselves
    case other(user: uid_t, group: gid_t)

    /// Root runs the server as whoever owns the folder already, else as `postgres`, else as `nobody`.
    static func choose(dataFolder: String) throws(PostgresError) -> ServerAccount {
        guard geteuid() == 0 else { return .ourselves }
        var info = stat()
        if stat(dataFolder, &info) == 0, info.st_uid != 0 {
            return .other(user: info.st_uid, group: info.st_gid)
        }
        for name in ["postgres", "nobody"] {
            if let account = account(named: name) { return account }
        }
        throw .cluster(
            "PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody; run as another user"
        )
    }

    private static func account(named name: String) -> ServerAccount? {
        // Looked up with a buffer of our own: getpwnam's is shared by all threads.
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return .other(user: entry.pw_uid, group: entry.pw_gid)
    }

    /// A command line that runs `command` as this account and ends it with our process.
    ///
    /// `--pdeathsig INT` has the kernel send PostgreSQL's "fast shutdown" when the thread that started it is gone, even
    /// after `kill -9`. Without `setpriv` (util-linux) the server of a killed process has to be stopped by hand.
    func commandLine(for command: [String]) throws(PostgresError) -> [String] {
        let setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].first(where: FileManager.default.isExecutableFile)
        switch (self, setpriv) {
        case (.ourselves, nil): return command
        case (.ourselves, let setpriv?): return [setpriv, "--pdeathsig", "INT", "--"] + command
        case (.other(let user, let group), let setpriv?):
            return [setpriv, "--reuid=\(user)", "--regid=\(group)", "--clear-groups", "--pdeathsig", "INT", "--"]
                + command
        case (.other, nil):
            throw .cluster("PostgreSQL refuses to run as root; install setpriv (Debian: apt-get install util-linux)")
        }
    }

    /// Makes a folder that only this account and root can enter.
    func makeFolder(_ path: String) throws(PostgresError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .cluster("cannot make \(path): \(String(cString: strerror(errno)))")
        }
        _ = chmod(path, 0o700)
        if case .other(let user, let group) = self, chown(path, user, group) != 0 {
            throw .cluster("cannot give \(path) to user \(user): \(String(cString: strerror(errno)))")
        }
    }

    /// Checks that the account can get to a folder at all: root's own home, for one, is closed to others.
    func checkWay(to path: String) throws(PostgresError) {
        guard case .other(let user, let group) = self else { return }
        var folder = URL(fileURLWithPath: path).resolvingSymlinksInPath().deletingLastPathComponent()
        while folder.path != "/" {
            var info = stat()
            if stat(folder.path, &info) == 0 {
                let isOpen =
                    info.st_mode & 0o001 != 0
                    || info.st_uid == user && info.st_mode & 0o100 != 0
                    || info.st_gid == group && info.st_mode & 0o010 != 0
                guard isOpen else {
                    throw .cluster(
                        "PostgreSQL cannot run as root, and user \(user) may not enter \(folder.path); choose another folder, or chmod o+x \(folder.path)"
                    )
                }
            }
            folder.deleteLastPathComponent()
        }
    }
}
