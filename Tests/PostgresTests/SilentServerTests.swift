import HeraldTestKit
import Logging
import Testing

@testable import Postgres

/// What is between here and the server falls silent without closing anything: no keepalive notices that.
@Suite(.scratchDatabase, .timeLimit(.minutes(1)))
struct SilentServerTests {
    /// A pool of one connection through a proxy, with half a second for an answer.
    private func withProxiedPool(_ body: (PostgresPool, LoopbackProxy) async throws -> Void) async throws {
        let direct = try ScratchDatabase.configuration
        let environment = direct.environment
        let port = environment["PGPORT"] ?? "5432"
        let folder = environment["PGHOST"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let server = folder.map { LoopbackProxy.Target.socket(path: "\($0)/.s.PGSQL.\(port)") }
        let proxy = try await LoopbackProxy(to: server ?? .port(Int(port) ?? 5432))
        var configuration = try PostgresConfiguration(
            url: "postgresql://\(environment["PGUSER"] ?? "postgres")@127.0.0.1:\(proxy.port)/\(direct.database ?? "")"
        )
        configuration.statementTimeout = .milliseconds(300)
        configuration.answerGrace = .milliseconds(200)
        try await running([proxy]) {
            try await withPool(maximum: 1, configuration: configuration) { try await body($0, proxy) }
        }
    }

    @Test func theStatementEndsWithAClearErrorAndThePoolRecovers() async throws {
        try await withProxiedPool { pool, proxy in
            try await pool.query("SELECT 1")
            proxy.stall()
            let error = try #require(await postgresError { try await pool.query("SELECT 2") })
            #expect("\(error)".contains("no answer in time"))
            #expect(error.isRetriable)
            proxy.heal()
            let rows = try await pool.query("SELECT 3")
            #expect(rows.count == 1)
        }
    }

    @Test(arguments: ["COMMIT", "ROLLBACK"])
    func theEndOfATransactionDoesNotWaitForEverEither(_ end: String) async throws {
        try await withProxiedPool { pool, proxy in
            await #expect(throws: PostgresError.self) {
                try await pool.withTransaction { connection in
                    try await connection.query("SELECT 1")
                    proxy.stall()
                    if end == "ROLLBACK" { throw PostgresError.misuse("on purpose") }
                }
            }
            proxy.heal()
            let rows = try await pool.query("SELECT 3")
            #expect(rows.count == 1)
        }
    }

    @Test func cancellingBehindASilentProxyEndsTheOperationToo() async throws {
        try await withProxiedPool { pool, proxy in
            try await pool.query("SELECT 1")
            proxy.stall()
            let task = Task { try await pool.query("SELECT 2") }
            try await Task.sleep(for: .milliseconds(20))
            task.cancel()
            guard case .cancelled = await postgresError({ try await task.value }) else { throw Refusal() }
            proxy.heal()
            let rows = try await pool.query("SELECT 3")
            #expect(rows.count == 1)
        }
    }

    @Test func whatTakesLongOnPurposeIsLeftAlone() async throws {
        try await withProxiedPool { pool, _ in
            try await pool.withConnection { connection in
                try await connection.withoutTimeout { _ = try await connection.query("SELECT pg_sleep(1)") }
                #expect(connection.isReusable)
                let limit = try await connection.query("SHOW statement_timeout").first
                #expect(try limit?.decode(0, as: String.self) == "300ms")
            }
        }
    }

    @Test func aListenerHearsAfterALongSilence() async throws {
        try await withProxiedPool { pool, _ in
            let listener = try PostgresListener(configuration: pool.configuration, channels: ["bell"], logger: .silent)
            try await listener.start()
            try await withThrowingTaskGroup(of: PostgresNotification?.self) { group in
                group.addTask { try await listener.first { _ in true } }
                try await Task.sleep(for: .seconds(1))
                try await pool.notify(channel: "bell", payload: "late")
                #expect(try await group.next()??.payload == "late")
            }
            listener.stop()
        }
    }
}

/// The rules without a clock.
struct AnswerDeadlineTests {
    private let start = SuspendingClock.now

    @Test func oneTimerServesAllOperations() {
        var deadline = AnswerDeadline(limit: .seconds(45))
        #expect(deadline.begin(at: start) == .seconds(45))
        deadline.end()
        #expect(deadline.begin(at: start + .seconds(40)) == nil)
        #expect(deadline.look(at: start + .seconds(45), hasInput: false) == .wait(.seconds(40)))
        deadline.end()
        #expect(deadline.look(at: start + .seconds(85), hasInput: false) == .rest)
        #expect(deadline.begin(at: start + .seconds(90)) == .seconds(45))
    }

    @Test func whatGetsThroughBuysTime() {
        var deadline = AnswerDeadline(limit: .seconds(45))
        _ = deadline.begin(at: start)
        deadline.progress(at: start + .seconds(44))
        #expect(deadline.look(at: start + .seconds(45), hasInput: false) == .wait(.seconds(44)))
        #expect(deadline.look(at: start + .seconds(89), hasInput: false) == .giveUp)
    }

    @Test func anAnswerThatCameWhileTheProcessSleptIsRead() {
        var deadline = AnswerDeadline(limit: .seconds(45))
        _ = deadline.begin(at: start)
        #expect(deadline.look(at: start + .seconds(600), hasInput: true) == .wait(AnswerDeadline.readingTime))
        deadline.end()
        #expect(deadline.look(at: start + .seconds(602), hasInput: false) == .rest)
    }

    @Test func withoutALimitNothingIsLookedAt() {
        var deadline = AnswerDeadline(limit: nil)
        #expect(deadline.begin(at: start) == nil)
        deadline.progress(at: start + .seconds(1))
        #expect(deadline.look(at: start + .seconds(900), hasInput: false) == .rest)
    }
}
