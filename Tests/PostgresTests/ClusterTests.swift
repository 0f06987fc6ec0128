import Foundation
import HeraldTestKit
import Testing

@testable import Postgres

private let serverIsMissing: Bool = {
    let isRequired = ProcessInfo.processInfo.environment["HERALD_REQUIRE_SERVICES"] == "1"
    return (try? ServerBinaries.find()) == nil && !isRequired
}()

@Suite(.serialized, .disabled(if: serverIsMissing, "needs PostgreSQL"), .timeLimit(.minutes(2)))
struct ClusterTests {
    private func count(_ url: String) async throws -> Int? {
        try await withPool(maximum: 1, configuration: try PostgresConfiguration(url: url)) { pool in
            try await pool.query("CREATE TABLE IF NOT EXISTS thing (id int)")
            try await pool.query("INSERT INTO thing VALUES (1)")
            return try await pool.query("SELECT count(*) FROM thing").first?.decode(0)
        }
    }

    @Test(arguments: [PrivateCluster.Stop.fast, .immediate, .kill])
    func aDurableServerKeepsWhatWasCommittedHoweverItStops(how: PrivateCluster.Stop) async throws {
        try await withCluster(durable: true) { cluster, folder, url async throws in
            #expect(try await count(url) == 1)
            #expect(FileManager.default.fileExists(atPath: folder + "/socket/.s.PGSQL.5432"))
            await cluster.stop(how)
            #expect(await !cluster.isRunning)
            #expect(try await count(cluster.start()) == 2)
        }
    }

    @Test func aPoolWorksAgainAfterACrashOfTheServer() async throws {
        try await withCluster { cluster, _, url in
            try await withPool(maximum: 4, configuration: try PostgresConfiguration(url: url)) { pool in
                try await withThrowingTaskGroup { group in
                    for _ in 0..<4 { group.addTask { try await pool.query("SELECT pg_sleep(0.05)") } }
                    try await group.waitForAll()
                }
                let sleeping = Task { try await pool.query("SELECT pg_sleep(600)") }
                try await eventually {
                    try await !pool.query("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%sleep(600)'").isEmpty
                }
                await cluster.stop(.immediate)
                #expect(await postgresError { try await sleeping.value }?.isRetriable == true)
                guard case .connection = await postgresError({ try await pool.query("SELECT 1") }) else {
                    throw Refusal()
                }
                try await cluster.start()
                for _ in 0..<8 {
                    #expect(try await pool.query("SELECT 1").count == 1)
                }
            }
        }
    }

    @Test func idleConnectionsOfBeforeARestartAreNotSeen() async throws {
        try await withCluster { cluster, _, url in
            try await withPool(maximum: 4, configuration: try PostgresConfiguration(url: url)) { pool in
                try await withThrowingTaskGroup { group in
                    for _ in 0..<4 { group.addTask { try await pool.query("SELECT pg_sleep(0.05)") } }
                    try await group.waitForAll()
                }
                await cluster.stop(.fast)
                try await cluster.start()
                try await withThrowingTaskGroup { group in
                    for _ in 0..<8 { group.addTask { try await pool.query("SELECT 1") } }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func aLongFolderGetsAShortSocket() async throws {
        let folder = ScratchFolder.make()
        let deep = folder + "/" + String(repeating: "long", count: 25)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let cluster = PrivateCluster(directory: deep, durable: false)
        #expect(try await count(cluster.start()) == 1)
        await cluster.stop()
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test func aSecondServerOnOneFolderIsRefused() async throws {
        try await withCluster { cluster, folder, url in
            let file = try #require(PostmasterFile(dataFolder: folder + "/data"))
            #expect(file.isAlive(dataFolder: folder + "/data"))
            #expect(!file.isAlive(dataFolder: folder))
            #expect(try await count(url) == 1)
            await #expect(throws: PostgresError.self) { try await cluster.start() }
        }
    }

    @Test func anOlderFolderKeepsItsOwnerAndWhatIsInIt() async throws {
        let folder = ScratchFolder.make()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data("key".utf8).write(to: URL(fileURLWithPath: folder + "/signing.key"))
        let cluster = PrivateCluster(directory: folder, durable: false)
        #expect(try await count(cluster.start()) == 1)
        await cluster.stop(.immediate)
        let owner = try FileManager.default.attributesOfItem(atPath: folder)[.ownerAccountID] as? Int
        #expect(owner == Int(geteuid()))
        #expect(FileManager.default.fileExists(atPath: folder + "/signing.key"))
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test(.enabled(if: geteuid() == 0))
    func aFolderTheServersUserCannotReachIsExplained() async throws {
        let closed = ScratchFolder.make()
        try FileManager.default.createDirectory(atPath: closed, withIntermediateDirectories: true)
        chmod(closed, 0o700)
        let cluster = PrivateCluster(directory: closed + "/cluster", durable: false)
        guard case .cluster(let text) = await postgresError({ try await cluster.start() }) else { throw Refusal() }
        #expect(text.contains("chmod o+x \(closed)"))
        try FileManager.default.removeItem(atPath: closed)
    }

    @Test func settingsReachTheServer() async throws {
        let folder = ScratchFolder.make()
        let cluster = PrivateCluster(directory: folder, durable: true, settings: ["work_mem": "7MB"])
        let configuration = try PostgresConfiguration(url: await cluster.start())
        let connection = try await PostgresConnection.connect(configuration, logger: .silent)
        #expect(try await connection.query("SHOW work_mem").first?.decode(0) == "7MB")
        #expect(try await connection.query("SHOW fsync").first?.decode(0) == "on")
        #expect(try await connection.query("SHOW listen_addresses").first?.decode(0) == "")
        await connection.close()
        await cluster.stop()
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test func aSettingTheServerRefusesIsReported() async throws {
        let folder = ScratchFolder.make()
        let cluster = PrivateCluster(directory: folder, durable: false, settings: ["work_mem": "plenty"])
        guard case .cluster(let text) = await postgresError({ try await cluster.start() }) else { throw Refusal() }
        #expect(text.contains("work_mem"))
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test func theEndOfTheThreadThatStartedItDoesNotEndTheServer() async throws {
        try await withCluster { cluster, _, url in
            // Idle pool threads end after some seconds, and "parent death" is the death of the thread that forked.
            try await Task.sleep(for: .seconds(8))
            #expect(await cluster.isRunning)
            #expect(try await count(url) == 1)
        }
    }

    @Test func readsAPostmasterFile() {
        let text = "4711\n/data\n1700000000\n5432\n/socket\n\n  123 456\nready   \n"
        #expect(PostmasterFile(text)?.processID == 4711)
        #expect(PostmasterFile(text)?.status == "ready")
        #expect(PostmasterFile("4711\n")?.status == "")
        #expect(PostmasterFile("") == nil)
    }

    @Test func missingBinariesAreExplained() {
        let error = #expect(throws: PostgresError.self) { try ServerBinaries.find(version: "99", path: "/nonexistent") }
        if let error { #expect("\(error)".contains("apt-get install postgresql-99")) }
    }
}
