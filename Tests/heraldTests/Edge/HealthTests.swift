import Access
import Foundation
import HTTPTypes
import HeraldTestKit
import NIOCore
import HummingbirdTesting
import Operations
import Postgres
import Store
import Testing

@testable import herald

/// `/_ping` and `/_status`: Q-140 (`immunisation-history.md` §11).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct HealthTests {
    private static let key = "the monitoring's secret"

    private static func configured(_ configuration: inout HubConfiguration) {
        configuration.statusKey = StatusKey(key)
        configuration.build.revision = "r7"
        configuration.build.releaseId = "2026.11"
        configuration.build.commitId = "0c0ffee"
    }

    private func status(_ fixture: HubFixture, _ key: String? = key) async throws -> TestResponse {
        let name = try #require(HTTPField.Name("apikey"))
        return try await fixture.send(.get, "/_status", headers: key.map { [name: $0] } ?? [:])
    }

    private func report(_ answer: TestResponse) throws -> HealthReport {
        try JSONDecoder().decode(HealthReport.self, from: Data(answer.body.readableBytesView))
    }

    @Test(arguments: [HTTPRequest.Method.get, .head])
    func pingSaysWhichBuildAnswersToAnybody(method: HTTPRequest.Method) async throws {
        try await HubFixture.with(Self.configured) { fixture in
            let answer = try await fixture.send(method, "/_ping")
            #expect(answer.status == .ok)
            #expect(answer.headers[.contentType] == "application/json")
            guard method == .get else { return }
            let build = try JSONDecoder().decode(BuildIdentity.self, from: Data(answer.body.readableBytesView))
            #expect(build.version == Herald.version)
            #expect((build.revision, build.releaseId, build.commitId) == ("r7", "2026.11", "0c0ffee"))
        }
    }

    @Test(arguments: [nil, "", "wrong", key + "x", String(key.dropLast())])
    func statusWithoutTheKeyIs401WithoutABody(given: String?) async throws {
        try await HubFixture.with(Self.configured) { fixture in
            let answer = try await status(fixture, given)
            #expect(answer.status == .unauthorized)
            #expect(answer.body.readableBytes == 0)
        }
    }

    @Test func withoutAKeyInTheSettingsNobodySeesTheStatus() async throws {
        try await HubFixture.with { (fixture) async throws in
            #expect(try await status(fixture).status == .unauthorized)
            #expect(try await status(fixture, "").status == .unauthorized)
        }
    }

    @Test func passesWhenAllIsWell() async throws {
        try await HubFixture.with(Self.configured) { fixture in
            let answer = try await status(fixture)
            #expect(answer.status == .ok)
            #expect(answer.headers[.contentType] == "application/json")
            let report = try report(answer)
            #expect(report.status == .pass)
            #expect(report.commitId == "0c0ffee")
            #expect(Set(report.checks.keys).isSuperset(of: ["postgresql", "outbox", "jwks"]))
            let check = try #require(report.checks["postgresql"])
            #expect((check.status, check.timeout, check.responseCode) == (.pass, "false", 200))
            #expect(check.links.`self` == fixture.hub.configuration.publicURL + "/_status")
        }
    }

    @Test func failsWith200WhenPostgreSQLIsAway() async throws {
        let away = try PostgresConfiguration(url: "postgres:///none?host=/nowhere")
        try await HubFixture.with { configuration in
            Self.configured(&configuration)
            configuration.database = away
        } _: { fixture in
            let answer = try await status(fixture)
            #expect(answer.status == .ok)
            let report = try report(answer)
            #expect(report.status == .fail)
            #expect(report.checks["postgresql"]?.status == .fail)
        }
    }

    @Test func warnsAndDoctorComplainsWhenEventsWaitTooLong() async throws {
        try await HubFixture.with(Self.configured) { fixture in
            let store = fixture.hub.store
            let before = try await EventLogDoctor(store: store).findings(configured: nil)
            #expect(before.first { $0.check == "publishing" }?.isFine == true)
            try await HealthSamples.letAnEventWait(seconds: 3600, fixture.hub.pool)
            let report = try report(try await status(fixture))
            #expect(report.status == .warn)
            #expect(report.checks["outbox"]?.status == .fail)
            let after = try await EventLogDoctor(store: store).findings(configured: nil)
            #expect(after.first { $0.check == "publishing" }?.isFine == false)
        }
    }
}

private enum HealthSamples {
    /// A change that was committed long ago and is still in the outbox.
    static func letAnEventWait(seconds: Int, _ pool: PostgresPool) async throws {
        let id = UUID()
        _ = try await pool.query(
            """
            INSERT INTO immunization_version (immunization_id, change, version, kind, content_change, resource, vaccine_type,
                performer, supplier, committed_at)
            VALUES ($1, 1, 1, 1, 1, convert_to('{}', 'UTF8'), 'FLU', 'RVVKC', 'EMIS', now() - make_interval(secs => $2))
            """,
            [.uuid(id), .double(Double(seconds))]
        )
        _ = try await pool.query("INSERT INTO outbox (shard, record_id, change) VALUES (0, $1, 1)", [.uuid(id)])
    }
}
