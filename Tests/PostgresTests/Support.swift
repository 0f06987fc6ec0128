import Foundation
import HeraldTestKit
import Logging
import Synchronization
import Testing

@testable import Postgres

/// Connects to the test case's database and closes the connection afterwards.
@discardableResult
func withConnection<Value>(
    logger: Logger = .silent,
    _ body: (PostgresConnection) async throws -> Value
) async throws -> Value {
    let connection = try await PostgresConnection.connect(try ScratchDatabase.configuration, logger: logger)
    do {
        let value = try await body(connection)
        await connection.close()
        return value
    } catch {
        await connection.close()
        throw error
    }
}

/// Makes a pool on the test case's database and closes it afterwards.
@discardableResult
func withPool<Value>(
    maximum: Int,
    configuration: PostgresConfiguration? = nil,
    _ body: (PostgresPool) async throws -> Value
) async throws -> Value {
    var configuration = try configuration ?? ScratchDatabase.configuration
    configuration.maximumConnections = maximum
    let pool = PostgresPool(configuration: configuration, logger: .silent)
    do {
        let value = try await body(pool)
        await pool.close()
        return value
    } catch {
        await pool.close()
        throw error
    }
}

/// Runs `body` on a started server of the test's own, which is stopped and removed afterwards.
func withCluster(
    durable: Bool = false,
    _ body: (PrivateCluster, _ folder: String, _ url: String) async throws -> Void
) async throws {
    let folder = ScratchFolder.make()
    let cluster = PrivateCluster(directory: folder, durable: durable)
    let outcome: Result<Void, any Error>
    do {
        outcome = .success(try await body(cluster, folder, cluster.start()))
    } catch {
        outcome = .failure(error)
    }
    await cluster.stop(.immediate)
    try? FileManager.default.removeItem(atPath: folder)
    try outcome.get()
}

/// Waits for something another session does, 10 s at most.
func eventually(_ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record("did not come about within 10 s")
            return
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// The error `body` throws, as this target's; anything else is an issue.
func postgresError<Value>(_ body: () async throws -> Value) async -> PostgresError? {
    do {
        _ = try await body()
        Issue.record("nothing was thrown")
    } catch let error as PostgresError {
        return error
    } catch {
        Issue.record("thrown: \(error)")
    }
    return nil
}

struct Refusal: Error, Equatable {}

/// Keeps what was logged.
struct RecordingLog: LogHandler {
    final class Lines: Sendable {
        private let lines = Mutex<[(level: Logger.Level, metadata: Logger.Metadata)]>([])
        var all: [(level: Logger.Level, metadata: Logger.Metadata)] { lines.withLock(\.self) }
        func add(_ level: Logger.Level, _ metadata: Logger.Metadata) { lines.withLock { $0.append((level, metadata)) } }
    }

    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.add(event.level, event.metadata ?? [:])
    }
}

/// Holds everyone who arrives until all have.
actor Meeting {
    private var missing: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(of count: Int) {
        missing = count
    }

    func arrive() async {
        missing -= 1
        if missing == 0 {
            for continuation in waiting { continuation.resume() }
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }
}

/// The order in which tasks came by.
final class Order: Sendable {
    private let noted = Mutex<[Int]>([])
    var numbers: [Int] { noted.withLock(\.self) }

    func note(_ number: Int) {
        noted.withLock { $0.append(number) }
    }
}
