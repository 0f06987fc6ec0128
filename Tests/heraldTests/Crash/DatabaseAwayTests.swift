import Feeds
import Foundation
import HeraldTestKit
import Logging
import Postgres
import Store
import Subscriptions
import Testing

@testable import herald

/// PostgreSQL away at the start and in the middle: a clear message, patience, nothing lost.
@Suite(.timeLimit(.minutes(4)))
struct DatabaseAwayTests {
    @Test func waitsForTheDatabaseAndGoesOnAfterItsImmediateShutdown() async throws {
        let directory = NSTemporaryDirectory() + "herald-away-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let cluster = PrivateCluster(directory: directory + "/postgres", durable: true)
        let url = try await cluster.start()
        await cluster.stop(.immediate)
        do {
            try await play(cluster, url: url, directory: directory)
        } catch {
            await cluster.stop()
            throw error
        }
        await cluster.stop()
    }

    private func play(_ cluster: PrivateCluster, url: String, directory: String) async throws {
        let environment = [
            "HERALD_DATABASE_URL": url, "HERALD_DATA_DIR": directory, "HERALD_HTTP_ADDRESS": "127.0.0.1:0",
            "HERALD_FEED_DIRECTORY": directory + "/nis", "HERALD_LEASE": "2", "HERALD_FEED_INTERVAL": "1",
        ]
        let process = try HeraldProcess(["serve"], environment: environment, log: directory + "/log")
        try await process.waitFor("database not reachable, trying again")
        _ = try await cluster.start()
        try await process.waitFor("herald is ready")

        var configuration = try PostgresConfiguration(url: url)
        configuration.maximumConnections = 4
        let rows = 20_000
        for round in 1...2 {
            let pool = PostgresPool(configuration: configuration, logger: .init(label: "test"))
            let store = PostgresStore(pool: pool)
            let stream = SampleFeedStream(rows: rows, seed: UInt64(round), now: Date() - Double(round) * 86_400)
            let id = try await FeedReceiver(store: store).receive(
                named: stream.fileName,
                from: .operators("site"),
                AsyncStream { continuation in
                    for chunk in stream { continuation.yield(chunk) }
                    continuation.finish()
                }
            )
            try await Task.sleep(for: .milliseconds(Int.random(in: 300...1500)))
            await pool.close()
            await cluster.stop(.immediate)
            _ = try await cluster.start()
            let after = PostgresPool(configuration: configuration, logger: .init(label: "test"))
            let deadline = ContinuousClock.now + .seconds(90)
            var summary: FeedSummary?
            var delivered: Int64 = 0
            while summary?.status != .processed || delivered < Int64(rows * round), ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(100))
                summary = try await PostgresStore(pool: after).summary(of: id)
                delivered = try await PostgresStore(pool: after).allProgress().first?.deliveredThrough ?? 0
            }
            #expect(summary?.counts.created == Int64(rows))
            #expect(delivered == Int64(rows * round))
            await after.close()
        }
        #expect(process.stop() == 0)
    }
}
