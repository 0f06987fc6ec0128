import HeraldTestKit
import ServiceLifecycle
import ServiceLifecycleTestKit
import Testing

@testable import Postgres

@Suite(.scratchDatabase, .timeLimit(.minutes(1)))
struct PoolTests {
    private func process(_ connection: PostgresConnection) async throws -> Int32 {
        try #require(try await connection.query("SELECT pg_backend_pid()").first).decode(0)
    }

    @Test func opensNoMoreThanItMayAndUsesThemAgain() async throws {
        try await withPool(maximum: 3) { pool in
            let processes = try await withThrowingTaskGroup { group in
                for _ in 0..<30 {
                    group.addTask {
                        try await pool.withConnection { connection in
                            try await connection.query("SELECT pg_sleep(0.005)")
                            return try await process(connection)
                        }
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect((1...3).contains(processes.count))
        }
    }

    @Test func waitersAreServedInTheirOrder() async throws {
        try await withPool(maximum: 1) { pool in
            let order = Order()
            try await withThrowingTaskGroup { group in
                try await pool.withConnection { _ in
                    for number in 0..<10 {
                        group.addTask { try await pool.withConnection { _ in order.note(number) } }
                        try await eventually { pool.waitingCount == number + 1 }
                    }
                }
                try await group.waitForAll()
            }
            #expect(order.numbers == Array(0..<10))
        }
    }

    @Test func aCancelledWaiterLeavesTheQueue() async throws {
        try await withPool(maximum: 1) { pool in
            try await pool.withConnection { _ in
                let waiter = Task { try await pool.query("SELECT 1") }
                try await eventually { pool.waitingCount == 1 }
                waiter.cancel()
                guard case .cancelled = await postgresError({ try await waiter.value }) else { throw Refusal() }
                #expect(pool.waitingCount == 0)
            }
            #expect(try await pool.query("SELECT 1").count == 1)
        }
    }

    @Test func aConnectionLeftInATransactionIsNotLentAgain() async throws {
        try await withPool(maximum: 1) { pool in
            let first = try await pool.withConnection { connection in
                try await connection.execute(script: "BEGIN")
                return try await process(connection)
            }
            let second = try await pool.withConnection { try await process($0) }
            #expect(first != second)
        }
    }

    @Test func anIdleConnectionThatDiedIsReplacedUnseen() async throws {
        try await withPool(maximum: 1) { pool in
            let first = try await pool.withConnection { try await process($0) }
            try await withConnection { try await $0.query("SELECT pg_terminate_backend($1, 5000)", [.int4(first)]) }
            let second = try await pool.withConnection { try await process($0) }
            #expect(first != second)
        }
    }

    @Test func aNotificationOnAnIdleConnectionDoesNotBreakIt() async throws {
        try await withPool(maximum: 1) { pool in
            let first = try await pool.withConnection { connection in
                try await connection.query("LISTEN news")
                return try await process(connection)
            }
            try await withConnection { try await $0.notify(channel: "news") }
            #expect(try await pool.withConnection { try await process($0) } == first)
        }
    }

    @Test func aFailedOpeningGivesItsPlaceBack() async throws {
        let nowhere = try PostgresConfiguration(url: "postgres:///x?host=/nonexistent")
        try await withPool(maximum: 1, configuration: nowhere) { pool in
            for _ in 0..<3 {
                guard case .connection = await postgresError({ try await pool.query("SELECT 1") }) else {
                    throw Refusal()
                }
            }
        }
    }

    @Test func sixtyFourConnectionsSleepAtTheSameTime() async throws {
        try await withPool(maximum: 64) { pool in
            let clock = ContinuousClock()
            try await withThrowingTaskGroup { group in
                for _ in 0..<64 { group.addTask { try await pool.query("SELECT 1") } }
                try await group.waitForAll()
            }
            let duration = try await clock.measure {
                try await withThrowingTaskGroup { group in
                    for _ in 0..<64 { group.addTask { _ = try await pool.query("SELECT pg_sleep(0.2)") } }
                    try await group.waitForAll()
                }
            }
            // One after another they would take 12.8 s, two at a time 6.4 s.
            #expect(duration < .seconds(4))
        }
    }

    @Test func keepsTheCallersIsolationAndValuesThatAreNotSendable() async throws {
        final class Tally { var count = 0 }
        try await withPool(maximum: 1) { pool in
            let tally = Tally()
            let same = try await pool.withTransaction { connection in
                tally.count += try await connection.query("SELECT 1").count
                return tally
            }
            #expect(same.count == 1)
        }
    }

    @Test func gracefulShutdownFinishesWhatIsLentAndClosesAll() async throws {
        let pool = PostgresPool(configuration: try ScratchDatabase.configuration, logger: .silent)
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup { group in
                let isLent = Meeting(of: 2)
                let goOn = Meeting(of: 2)
                group.addTask { try await pool.run() }
                group.addTask {
                    try await pool.withConnection { connection in
                        await isLent.arrive()
                        await goOn.arrive()
                        try await connection.query("SELECT 1")
                    }
                }
                await isLent.arrive()
                trigger.triggerGracefulShutdown()
                try await eventually {
                    do throws(PostgresError) {
                        try await pool.query("SELECT 1")
                        return false
                    } catch {
                        guard case .closed = error else { throw error }
                        return true
                    }
                }
                await goOn.arrive()
                try await group.waitForAll()
            }
        }
        try await withConnection { connection in
            try await eventually {
                try await connection.query(
                    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                ).isEmpty
            }
        }
    }
}
