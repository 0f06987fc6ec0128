import FHIR
import Feeds
import Foundation
import Gzip
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import Store
import Testing
import Vaccination
import WebAPI

@testable import herald

/// Sending files again, compressed, and being told how they get on.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct UploadEndpointTests {
    private let uri = "/feeds?filename=\(SampleRows.fileName)"
    private let content = SampleRows.file([SampleRows.row(), SampleRows.row([.uniqueID: "2", .personSurname: " "])])

    @Test func theSameKeyGivesTheSameFeedAndOtherContentIsRefused() async throws {
        try await HubFixture.with { fixture in
            let site = try await fixture.bearer()
            let headers: HTTPFields = [try #require(HTTPField.Name("Idempotency-Key")): "\"abc\""]
            let first = try await fixture.send(.post, uri, authorization: site, headers: headers, body: content)
            let again = try await fixture.send(.post, uri, authorization: site, headers: headers, body: content)
            #expect(first.status == .accepted && again.status == .accepted)
            #expect(first.headers[.location] == again.headers[.location])
            let other = try await fixture.send(.post, uri, authorization: site, headers: headers, body: [1])
            #expect(other.status == .unprocessableContent)
            let duplicate = try await fixture.send(.post, uri, authorization: site, body: content)
            #expect(duplicate.status == .conflict)
            let id = try #require(first.headers[.location]?.dropFirst("/feeds/".count))
            #expect(diagnostics(duplicate).contains("The name belongs to feed \(id)."))
        }
    }

    @Test func aCompressedFileIsTakenAndADamagedOneRefused() async throws {
        try await HubFixture.with { fixture in
            let site = try await fixture.bearer()
            let damaged = try await fixture.send(
                .post,
                uri,
                authorization: site,
                headers: [.contentEncoding: "gzip"],
                body: content
            )
            #expect(damaged.status == .badRequest)
            let unknown = try await fixture.send(
                .post,
                uri,
                authorization: site,
                headers: [.contentEncoding: "br"],
                body: content
            )
            #expect(unknown.status == .unsupportedMediaType)
            let taken = try await fixture.send(
                .post,
                uri,
                authorization: site,
                headers: [.contentEncoding: "gzip"],
                body: GzipDeflater.gzip(content)
            )
            #expect(taken.status == .accepted)
        }
    }

    @Test func theReportIsJSONOrCSV() async throws {
        try await HubFixture.with { fixture in
            let site = try await fixture.bearer()
            let answer = try await fixture.send(.post, uri, authorization: site, body: content)
            let location = try #require(answer.headers[.location])
            try await fixture.applyFeeds()
            let json = try await fixture.send(.get, location + "/rows", authorization: site)
            let rows = try JSONValue(parsing: Array(json.body.readableBytesView)).array ?? []
            #expect(rows.map { $0["outcome"]?.string } == ["created", "rejected"])
            #expect(rows.first?["version"]?.integer == 1)
            let csv = try await fixture.send(
                .get,
                location + "/rows?outcome=rejected",
                authorization: site,
                headers: [.accept: "text/csv"]
            )
            #expect(csv.headers[.contentType]?.hasPrefix("text/csv") == true)
            let lines = text(csv).components(separatedBy: "\r\n")
            #expect(lines.count == 3)
            #expect(lines[1].hasPrefix("2,rejected,2,https://www.ravs.england.nhs.uk/,,,BLANK,PERSON_SURNAME,"))
            let wrong = try await fixture.send(.get, location + "/rows?outcome=lost", authorization: site)
            #expect(wrong.status == .badRequest)
        }
    }

    @Test func progressIsToldUntilTheEnd() async throws {
        try await HubFixture.with { fixture in
            let site = try await fixture.bearer()
            let answer = try await fixture.send(.post, uri, authorization: site, body: content)
            let location = try #require(answer.headers[.location])
            try await running([fixture.hub.feedWatch]) {
                async let events = fixture.send(
                    .get,
                    location + "/events",
                    authorization: site,
                    headers: [try #require(HTTPField.Name("Last-Event-ID")): "7"]
                )
                try await fixture.applyFeeds()
                let told = try await events
                #expect(told.headers[.contentType] == "text/event-stream")
                let last = try #require(text(told).components(separatedBy: "\n\n").last { !$0.isEmpty })
                #expect(last.contains("event: end\n"))
                #expect(last.contains(#""status":"Processed""#))
                #expect(last.contains(#""rejected":1"#))
            }
        }
    }
}
