import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import Operations
import Store
import Testing
import Vaccination
import WebAPI

@testable import herald

@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct TraceEndpointTests {
    private static let operators = "herald/admin.read system/Immunization.rs"

    private func trace(_ fixture: HubFixture, _ body: String, _ scope: String = operators) async throws -> TestResponse
    {
        try await fixture.send(
            .post,
            "/admin/trace",
            authorization: try await fixture.bearer(scope),
            body: Array(body.utf8)
        )
    }

    private func decode(_ answer: TestResponse) throws -> TraceResult {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(TraceResult.self, from: Data(answer.body.readableBytesView))
    }

    @Test(arguments: ["herald/admin.read", "system/Immunization.rs", "herald/admin.read system/Immunization.r"])
    func needsBothTheOperatorsRightAndThatToReadRecords(scope: String) async throws {
        try await HubFixture.with { fixture in
            let answer = try await trace(fixture, #"{"nhsNumber":"9990548609"}"#, scope)
            #expect(answer.status == .forbidden)
        }
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"nhsNumber":"9990548600"}"#, #"{"nhsNumber":"9990548609","uniqueID":"1"}"#,
        #"{"uniqueID":""}"#, #"{"uniqueID":"a\u0000b"}"#,
    ])
    func refusesWhatItCannotUseWithoutRepeatingIt(body: String) async throws {
        try await HubFixture.with { fixture in
            let answer = try await trace(fixture, body)
            #expect(answer.status == .badRequest)
            #expect(!String(buffer: answer.body).contains("9990548600"))
        }
    }

    @Test func leadsFromThePatientAndFromTheIdentifierToTheRow() async throws {
        try await HubFixture.with { fixture in
            _ = try await fixture.send(
                .post,
                "/feeds?filename=\(SampleRows.fileName)",
                authorization: try await fixture.bearer(),
                body: SampleRows.file([
                    SampleRows.row([.uniqueID: "bad", .personSurname: " "]), SampleRows.row([.uniqueID: "good"]),
                ])
            )
            try await fixture.applyFeeds()
            for body in [
                #"{"nhsNumber":"9990548609"}"#, #"{"uniqueID":"good"}"#,
                #"{"system":"https://www.ravs.england.nhs.uk/","uniqueID":"good"}"#,
            ] {
                let answer = try await trace(fixture, body)
                #expect(answer.status == .ok)
                let change = try #require(try decode(answer).records.first?.changes.first)
                #expect(change.row?.row == 2)
                #expect(change.row?.file == SampleRows.fileName)
                #expect(change.row?.client == "site")
                #expect(!String(buffer: answer.body).contains("9990548609"))
            }
            let rejected = try decode(try await trace(fixture, #"{"uniqueID":"bad"}"#))
            #expect(rejected.records.isEmpty)
            #expect(rejected.rejectedRows.map(\.row) == [1])
            #expect(rejected.rejectedRows.first?.findings == ["BLANK"])
        }
    }

    @Test func whatAPersonTypesIsUnderstood() {
        #expect(TraceRequest("9990548609").nhsNumber == "9990548609")
        #expect(TraceRequest("https://a.example/|b|c").system == "https://a.example/")
        #expect(TraceRequest("https://a.example/|b|c").uniqueID == "b|c")
        #expect(TraceRequest("9990548600").uniqueID == "9990548600")
    }
}
