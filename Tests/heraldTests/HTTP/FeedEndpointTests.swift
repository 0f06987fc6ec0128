import FHIR
import Feeds
import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import Postgres
import Store
import Testing
import Vaccination
import WebAPI

@testable import herald

@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct FeedEndpointTests {
    @Test func keepsAnUploadBeforeItAnswersAndAppliesItAfterwards() async throws {
        try await HubFixture.with { fixture in
            let site = try await fixture.bearer()
            let answer = try await fixture.send(
                .post,
                "/feeds?filename=\(SampleRows.fileName)",
                authorization: site,
                body: SampleRows.file([
                    SampleRows.row(), SampleRows.row([.uniqueID: "2", .nhsNumber: "9990548600", .personSurname: " "]),
                ])
            )
            #expect(answer.status == .accepted)
            let location = try #require(answer.headers[.location])
            let queued = try await feed(location, fixture, site)
            #expect(queued.status == "Queued")
            try await fixture.applyFeeds()
            let done = try await feed(location, fixture, site)
            #expect(done.status == "Processed")
            #expect(done.created == 1)
            #expect(done.rejected == 1)
            #expect(done.totalRows == 2)
        }
    }

    @Test func listsRejectedRowsWithColumnCodeAndAdvice() async throws {
        try await HubFixture.with { fixture in
            let site = try await fixture.bearer()
            let answer = try await fixture.send(
                .post,
                "/feeds?filename=\(SampleRows.fileName)",
                authorization: site,
                body: SampleRows.file([SampleRows.row([.nhsNumber: "9990548600", .personSurname: " "])])
            )
            let location = try #require(answer.headers[.location])
            try await fixture.applyFeeds()
            let rows = try await fixture.send(.get, "\(location)/rows?outcome=rejected", authorization: site)
            let list = try JSONValue(parsing: Array(rows.body.readableBytesView))
            #expect(list[0]?["row"]?.integer == 1)
            let findings = try #require(list[0]?["findings"]?.array)
            #expect(Set(findings.compactMap { $0["column"]?.string }) == ["NHS_NUMBER", "PERSON_SURNAME"])
            #expect(Set(findings.compactMap { $0["code"]?.string }) == ["NHS_NUMBER_CHECKSUM", "BLANK"])
            #expect(findings.allSatisfy { $0["advice"]?.string?.isEmpty == false })
        }
    }

    @Test(arguments: [
        ("/feeds", "filename is missing"),
        ("/feeds?filename=", "filename is missing"),
        ("/feeds?filename=FLU_Vaccinations_v6_YGM41_20250115T08000000.csv", "v5"),
        ("/feeds?filename=FLU_Vaccinations_v5_ZZZ99_20250115T08000000.csv", "ODS code"),
        ("/feeds?filename=report.pdf", "Name the file"),
    ])
    func refusesAFileNameItCannotUseAndSaysWhatToDo(uri: String, advice: String) async throws {
        try await HubFixture.with { fixture in
            let answer = try await fixture.send(.post, uri, authorization: fixture.bearer(), body: SampleRows.file([]))
            #expect(answer.status == .badRequest)
            #expect(diagnostics(answer).contains(advice))
        }
    }

    @Test func refusesASecondFileOfANameThatCounts() async throws {
        try await HubFixture.with { fixture in
            let site = try await fixture.bearer()
            let uri = "/feeds?filename=\(SampleRows.fileName)"
            let content = SampleRows.file([SampleRows.row()])
            #expect(try await fixture.send(.post, uri, authorization: site, body: content).status == .accepted)
            try await fixture.applyFeeds()
            let again = try await fixture.send(.post, uri, authorization: site, body: content)
            #expect(again.status == .conflict)
            #expect(diagnostics(again).contains("new name"))
            let refusal = try await feed(try #require(again.headers[.location]), fixture, site)
            #expect(refusal.status == "Not processed - Duplicate")
        }
    }

    @Test(arguments: [
        ("an empty file", [UInt8](), "File headers are invalid."),
        ("a wrong header", Array("NHS_NUMBER|NAME\r\n1|2\r\n".utf8), "File headers are invalid."),
        ("bytes that are no text", [UInt8](repeating: 0, count: 5000), "File headers are invalid."),
        ("not a feed", Array("%PDF-1.7\n1 0 obj\n".utf8), "File headers are invalid."),
    ])
    func failsAFileThatIsNoFeedWithAReason(what: String, content: [UInt8], reason: String) async throws {
        try await HubFixture.with { fixture in
            let site = try await fixture.bearer()
            let uri = "/feeds?filename=\(SampleRows.fileName)"
            let answer = try await fixture.send(.post, uri, authorization: site, body: content)
            #expect(answer.status == .accepted)
            try await fixture.applyFeeds()
            let failed = try await feed(try #require(answer.headers[.location]), fixture, site)
            #expect(failed.status == "Failed")
            #expect(failed.reason?.hasPrefix(reason) == true)
            #expect(failed.accepted == 0)
        }
    }

    @Test func keepsGoodRowsBesideOnesWithNullCharactersAndBrokenQuotes() async throws {
        try await HubFixture.with { fixture in
            let site = try await fixture.bearer()
            var content = SampleRows.file([
                SampleRows.row(), SampleRows.row([.uniqueID: "nul", .personForename: "Ma\0ry"]),
                SampleRows.row([.uniqueID: "after"]),
            ])
            content += Array("\"never closed|".utf8)
            let uri = "/feeds?filename=\(SampleRows.fileName)"
            let answer = try await fixture.send(.post, uri, authorization: site, body: content)
            try await fixture.applyFeeds()
            let done = try await feed(try #require(answer.headers[.location]), fixture, site)
            #expect(done.status == "Failed")
            #expect(done.created == 2)
            #expect(done.rejected == 2)
            #expect(done.reason?.contains("row 4") == true)
        }
    }

    @Test func endsAFileWithALineBeyondTheLimit() async throws {
        try await HubFixture.with { fixture in
            let site = try await fixture.bearer()
            let content = SampleRows.file([SampleRows.row()]) + [UInt8](repeating: UInt8(ascii: "x"), count: 3 << 20)
            let uri = "/feeds?filename=\(SampleRows.fileName)"
            let answer = try await fixture.send(.post, uri, authorization: site, body: content)
            try await fixture.applyFeeds()
            let done = try await feed(try #require(answer.headers[.location]), fixture, site)
            #expect(done.status == "Failed")
            #expect(done.created == 1)
            #expect(done.reason?.contains("longer than 65536 bytes") == true)
        }
    }

    /// A-20 row 1 and row 12.
    @Test func letsNobodyInWithoutATokenThatAllowsIt() async throws {
        try await HubFixture.with { fixture in
            let uri = "/feeds?filename=\(SampleRows.fileName)"
            let anonymous = try await fixture.send(.post, uri, body: SampleRows.file([]))
            #expect(anonymous.status == .unauthorized)
            #expect(anonymous.headers[.wwwAuthenticate]?.hasPrefix("Bearer realm=\"herald\"") == true)
            let reader = try await fixture.bearer("system/Immunization.rs")
            #expect(
                try await fixture.send(.post, uri, authorization: reader, body: SampleRows.file([])).status
                    == .forbidden
            )
            let inURL = try await fixture.send(.get, "/feeds?access_token=x", authorization: reader)
            #expect(inURL.status == .unauthorized)
        }
    }

    @Test func showsAFeedToNobodyButItsSenderAndOperators() async throws {
        try await HubFixture.with { fixture in
            let answer = try await fixture.send(
                .post,
                "/feeds?filename=\(SampleRows.fileName)",
                authorization: fixture.bearer(),
                body: SampleRows.file([SampleRows.row()])
            )
            let location = try #require(answer.headers[.location])
            let other = try await fixture.bearer(client: "another-site")
            #expect(try await fixture.send(.get, location, authorization: other).status == .notFound)
            #expect(try await fixture.send(.get, location + "/rows", authorization: other).status == .notFound)
            #expect(try await text(fixture.send(.get, "/feeds", authorization: other)) == "[]")
            let operators = try await fixture.bearer("herald/admin.read", client: "operator")
            #expect(try await fixture.send(.get, location, authorization: operators).status == .ok)
        }
    }

    private func feed(_ location: String, _ fixture: HubFixture, _ token: String) async throws -> FeedView {
        let answer = try await fixture.send(.get, location, authorization: token)
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(FeedView.self, from: Data(answer.body.readableBytesView))
    }
}

/// The body as text.
func text(_ response: TestResponse) -> String { String(buffer: response.body) }

/// The text of an OperationOutcome.
func diagnostics(_ response: TestResponse) -> String {
    let outcome = try? JSONValue(parsing: Array(response.body.readableBytesView))
    return outcome?["issue"]?[0]?["diagnostics"]?.string ?? ""
}
