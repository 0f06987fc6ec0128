import ArgumentParser
import Deliveries
import Events
import Foundation
import HeraldTestKit
import Postgres
import Store
import Subscriptions
import Testing

@testable import herald

/// `herald subscriptions` on a database, as an operator runs it beside the hub.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct SubscriptionCommandTests {
    private func run(_ fixture: HubFixture, _ arguments: [String]) async throws -> (status: Int32, text: String) {
        let log = fixture.directory + "/command-\(UUID().uuidString)"
        let process = try HeraldProcess(
            ["subscriptions"] + arguments,
            environment: [
                "HERALD_DATABASE_URL": ScratchDatabase.url, "HERALD_DATA_DIR": fixture.directory,
                "HERALD_DEVELOPMENT": "true",
            ],
            log: log
        )
        return (process.wait(), process.logText)
    }

    /// What is created with all options is shown without its secrets, and gone with them when it is deleted.
    @Test func aSubscriptionIsCreatedShownAndDeleted() async throws {
        try await HubFixture.with { fixture in
            let (store, pool) = (fixture.hub.store, fixture.hub.pool)
            let file = fixture.directory + "/headers"
            try "Authorization: Bearer top-secret\n".write(toFile: file, atomically: true, encoding: .utf8)
            let created = try await run(
                fixture,
                [
                    "create", "--endpoint", "http://127.0.0.1:9/hook", "--heartbeat", "300", "--timeout", "5",
                    "--header-file",
                    file, "--contact", "ops@subscriber.example", "--vaccine-type", "FLU", "--end", "2099-01-01",
                    "--handshake",
                ]
            )
            #expect(created.status == 0, "\(created.text)")
            let id = created.text.trimmingCharacters(in: .whitespacesAndNewlines)
            let made = try #require(try await store.allProgress().first?.subscription)
            #expect(made.id.description == id && made.status == .requested && made.heartbeat == .seconds(300))
            #expect(!made.headers.joined().contains("top-secret"))
            #expect(try fixture.hub.headers.open(made.headers, of: made.id) == ["Authorization: Bearer top-secret"])
            let shown = try await run(fixture, ["show", id])
            #expect(shown.text.contains("header: Authorization: ********") && !shown.text.contains("sealed:"))
            #expect(shown.text.contains("heartbeat: every 300 s") && shown.text.contains("ops@subscriber.example"))

            let deleted = try await run(fixture, ["delete", id, "--reason", "moved away"])
            #expect(deleted.status == 0, "\(deleted.text)")
            #expect(try await pool.count("SELECT count(*) FROM subscription WHERE headers IS NULL") == 1)
            #expect(try await store.allProgress().isEmpty)
            let after = try await run(fixture, ["show", id])
            #expect(after.text.contains("deleted: "))
            let again = try await run(fixture, ["delete", id])
            #expect(again.status != 0 && again.text.contains("there is no subscription"))
            let trail = try await pool.query("SELECT details FROM audit_record WHERE details LIKE '%moved away%'")
            #expect(trail.count == 1)
        }
    }

    @Test func whatTheHubMakesItselfIsNotDeleted() async throws {
        try await HubFixture.with { fixture in
            let practice = Subscription.sample(.gp)
            try await fixture.hub.store.create(practice)
            let refused = try await run(fixture, ["delete", practice.id.description])
            #expect(refused.status != 0 && refused.text.contains("herald subscriptions pause"))
            #expect(try await fixture.hub.store.allProgress().count == 1)
        }
    }
}
