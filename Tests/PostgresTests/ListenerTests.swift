import HeraldTestKit
import ServiceLifecycle
import ServiceLifecycleTestKit
import Testing

@testable import Postgres

@Suite(.scratchDatabase, .timeLimit(.minutes(1)))
struct ListenerTests {
    private func listener(_ channels: String...) throws -> PostgresListener {
        try PostgresListener(configuration: ScratchDatabase.configuration, channels: channels, logger: .silent)
    }

    @Test func hearsItsChannelsInOrder() async throws {
        let listener = try listener("outbox", "odd \"Name\"")
        try await listener.start()
        try await withPool(maximum: 1) { pool in
            for number in 0..<20 {
                try await pool.notify(
                    channel: number.isMultiple(of: 2) ? "outbox" : "odd \"Name\"",
                    payload: "ß\(number)"
                )
                try await pool.notify(channel: "another", payload: "unheard")
            }
        }
        var heard: [String] = []
        for try await notification in listener {
            heard.append(notification.payload)
            if heard.count == 20 { break }
        }
        #expect(heard == (0..<20).map { "ß\($0)" })
        listener.stop()
    }

    @Test func hearsOfATransactionOnlyWhenItIsCommitted() async throws {
        let listener = try listener("outbox")
        try await listener.start()
        try await withConnection { connection in
            _ = try? await connection.withTransaction { connection in
                try await connection.notify(channel: "outbox", payload: "rolled back")
                throw Refusal()
            }
            try await connection.withTransaction { try await $0.notify(channel: "outbox", payload: "committed") }
        }
        let iterator = listener.makeAsyncIterator()
        #expect(try await next(iterator)?.payload == "committed")
        listener.stop()
    }

    @Test func stoppingEndsTheWait() async throws {
        let listener = try listener("outbox")
        try await listener.start()
        let waiting = Task { try await next(listener.makeAsyncIterator()) }
        listener.stop()
        #expect(try await waiting.value == nil)
        #expect(try await next(listener.makeAsyncIterator()) == nil)
    }

    @Test func cancellingEndsTheWaitAndAnotherMayFollow() async throws {
        let listener = try listener("outbox")
        try await listener.start()
        let waiting = Task { try await next(listener.makeAsyncIterator()) }
        waiting.cancel()
        #expect(try await waiting.value == nil)
        try await withConnection { try await $0.notify(channel: "outbox", payload: "later") }
        #expect(try await next(listener.makeAsyncIterator())?.payload == "later")
        listener.stop()
    }

    @Test func gracefulShutdownEndsTheIteration() async throws {
        let listener = try listener("outbox")
        try await listener.start()
        try await withPool(maximum: 1) { pool in
            try await testGracefulShutdown { trigger in
                try await pool.notify(channel: "outbox", payload: "first")
                var heard = 0
                for try await _ in listener.cancelOnGracefulShutdown() {
                    heard += 1
                    trigger.triggerGracefulShutdown()
                }
                #expect(heard == 1)
            }
        }
        listener.stop()
    }

    @Test func aLostConnectionIsThrownAndTheNextIterationConnectsAgain() async throws {
        let listener = try listener("outbox")
        try await listener.start()
        try await withConnection { connection in
            let waiting = Task { try await next(listener.makeAsyncIterator()) }
            try await connection.query(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            #expect(await postgresError { try await waiting.value }?.isRetriable == true)
            try await listener.start()
            try await connection.notify(channel: "outbox", payload: "again")
            #expect(try await next(listener.makeAsyncIterator())?.payload == "again")
        }
        listener.stop()
    }

    private func next(_ iterator: PostgresListener.AsyncIterator) async throws -> PostgresNotification? {
        var iterator = iterator
        return try await iterator.next()
    }
}
