import Foundation
import HTTPTypes
import HeraldTestKit
import Postgres
import Hummingbird
import HummingbirdTesting
import Store
import Testing
import Vaccination

@testable import herald

@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct MetricsEndpointTests {
    private func lines(_ answer: TestResponse) -> [String] {
        String(buffer: answer.body).split(separator: "\n").map(String.init)
    }

    @Test func needsAnOperatorsToken() async throws {
        try await HubFixture.with {
            $0.isDevelopment = false
        } _: { fixture in
            #expect(try await fixture.send(.get, "/metrics").status == .unauthorized)
            let site = try await fixture.bearer()
            #expect(try await fixture.send(.get, "/metrics", authorization: site).status == .forbidden)
            let patient = try await fixture.bearer("patient/Immunization.rs", patient: "9990548609")
            #expect(try await fixture.send(.get, "/metrics", authorization: patient).status == .forbidden)
            let answer = try await fixture.send(
                .get,
                "/metrics",
                authorization: try await fixture.bearer("herald/admin.read")
            )
            #expect(answer.status == .ok)
            #expect(answer.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(lines(answer).contains("herald_database_up 1"))
        }
    }

    @Test func countsRowsRequestsAndWhatWaits() async throws {
        try await HubFixture.with { fixture in
            let site = try await fixture.bearer()
            _ = try await fixture.send(
                .post,
                "/feeds?filename=\(SampleRows.fileName)",
                authorization: site,
                body: SampleRows.file([SampleRows.row(), SampleRows.row([.personSurname: " "])])
            )
            let queued = lines(try await fixture.send(.get, "/metrics"))
            #expect(queued.contains("herald_feeds{status=\"queued\"} 1"))
            try await fixture.applyFeeds()
            _ = try await fixture.send(.get, "/FHIR/R4/Immunization/9995052539", authorization: site)
            let text = lines(try await fixture.send(.get, "/metrics"))
            // Other tests of this process count as well.
            #expect(value(text, "herald_feed_rows_total{outcome=\"created\"}") >= 1)
            #expect(value(text, "herald_feed_rows_total{outcome=\"rejected\"}") >= 1)
            #expect(value(text, "herald_feeds_finished_total{status=\"processed\"}") >= 1)
            #expect(value(text, "herald_feed_batch_duration_seconds_count") >= 1)
            #expect(value(text, "process_resident_memory_bytes") > 1_000_000)
            let read =
                #"http_server_request_duration_seconds_count{method="GET",route="/FHIR/R4/Immunization/{id}",status="404"}"#
            #expect(value(text, read) >= 1)
            #expect(!text.contains { $0.contains("9995052539") })
        }
    }

    @Test func saysThatTheDatabaseIsAway() async throws {
        try await HubFixture.with { fixture in
            await fixture.hub.pool.close()
            let text = lines(try await fixture.send(.get, "/metrics"))
            #expect(text.contains("herald_database_up 0"))
            #expect(!text.contains { $0.hasPrefix("herald_outbox_depth") })
        }
    }

    /// The value of a series, or -1 where there is none.
    private func value(_ lines: [String], _ series: String) -> Double {
        lines.first { $0.hasPrefix(series + " ") }.flatMap { Double($0.dropFirst(series.count + 1)) } ?? -1
    }
}
