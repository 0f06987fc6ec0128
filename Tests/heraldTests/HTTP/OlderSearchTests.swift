import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import NIOCore
import Store
import Testing
import Vaccination

@testable import herald

/// The older API (immunisation-history.md §12).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct OlderSearchTests {
    private static let path = "/immunisation-history/FHIR/R4/Immunization?"
    private static let covid = SearchFixture.patient + "&immunization.target=COVID19"

    private func get(
        _ query: String,
        _ search: SearchFixture,
        token: String? = nil,
        accept: String? = nil
    ) async throws -> TestResponse {
        try await search.fixture.send(
            .get,
            Self.path + query,
            authorization: token ?? search.token,
            headers: accept.map { [.accept: $0] } ?? [:]
        )
    }

    private func json(_ response: TestResponse) throws -> JSONValue {
        try JSONValue(parsing: Array(response.body.readableBytesView))
    }

    ///
    @Test func answersInTheOlderForm() async throws {
        let records = [
            HistorySample(type: "COVID"), HistorySample(), HistorySample(type: "COVID", occurrence: "2024-01-02"),
        ]
        try await SearchFixture.with(records) { search in
            let answer = try SearchAnswer(try await get(Self.covid + "&_include=Immunization:patient", search))
            #expect(answer.ids == [records[0], records[2]].map(\.id.lowercaseText))
            #expect(answer.json["link"] == nil)
            #expect(answer.entries.allSatisfy { $0["fullUrl"]?.string?.hasPrefix("urn:uuid:") == true })
            #expect(answer.resources("include")[0]["birthDate"] == "1965-02-28")
            let procedure = SearchFixture.patient + "&procedure-code:below=90640007"
            #expect(try SearchAnswer(try await get(procedure, search)).total == 2)
            let day = "&date.from=2024-01-02&date.to=2024-01-02"
            #expect(try SearchAnswer(try await get(Self.covid + day, search)).total == 1)
            let empty = try json(try await get(SearchFixture.patient + "&immunization.target=HPV", search))
            #expect(empty == ["resourceType": "Bundle", "type": "searchset", "total": 0, "entry": []])
        }
    }

    /// Queries, and what the refusal names.
    private static let refusals: [(query: String, named: String)] = [
        ("immunization.target=FLU", "patient.identifier"), (SearchFixture.patient, "immunization.target"),
        ("\(covid)&procedure-code:below=90640007", "procedure-code:below"),
        ("\(SearchFixture.patient)&immunization.target=COVID", "immunization.target"),
        ("\(SearchFixture.patient)&procedure-code:below=1", "procedure-code:below"),
        ("\(covid)&date.from=2024-02-01&date.to=2024-01-01", "date.from"), ("\(covid)&date.from=2024", "date.from"),
        ("\(covid)&codeing=1", "Unknown search parameter 'codeing' for resource type 'Immunization'."),
    ]

    /// no details, and the code is always the same.
    @Test(arguments: refusals)
    func refuses(query: String, named: String) async throws {
        try await SearchFixture.with([]) { search in
            let answer = try await get(query, search)
            #expect(answer.status == .badRequest)
            let issue = try #require(try json(answer)["issue"]?[0])
            #expect(issue["code"] == "processing")
            #expect(issue["details"] == nil)
            #expect(issue["diagnostics"]?.string?.contains(named) == true)
        }
    }

    ///
    @Test func echoesTheVersion() async throws {
        try await SearchFixture.with([]) { search in
            let version = try #require(HTTPField.Name("version"))
            for (accept, expected) in [
                (nil, "1.0"), ("version=2.0", "2.0"), ("application/fhir+json; version=1.0", "1.0"),
            ] as [(String?, String)] {
                let answer = try await get(Self.covid, search, accept: accept)
                #expect(answer.status == .ok)
                #expect(answer.headers[version] == expected)
            }
            #expect(try await get(Self.covid, search, accept: "version=x").status == .badRequest)
            let refused = try await search.fixture.send(.get, Self.path + Self.covid)
            #expect(refused.status == .unauthorized)
            #expect(try json(refused)["issue"]?[0]?["code"] == "forbidden")
        }
    }

    /// another patient, or a target that is not permitted, is 401 here.
    @Test func refusesOthersWith401() async throws {
        try await SearchFixture.with([], permissions: ["FLU.S"]) { search in
            #expect(try await get(Self.covid, search).status == .unauthorized)
            let patient = NHSNumber.sample(2).digits
            let own = try await search.fixture.bearer("patient/Immunization.rs", client: "reader", patient: patient)
            let answer = try await get(SearchFixture.patient + "&immunization.target=FLU", search, token: own)
            #expect(answer.status == .unauthorized)
        }
    }

    @Test func canBeSwitchedOff() async throws {
        try await SearchFixture.with([], { $0.olderHistoryPath = nil }) { search in
            let answer = try await get(Self.covid, search)
            #expect(answer.status == .notFound)
        }
    }

    @Test func hasNoPages() async throws {
        let records = (0..<1100).map { HistorySample(type: "COVID", updated: 1_730_000_000 + Int64($0)) }
        try await SearchFixture.with(records) { search in
            let answer = try SearchAnswer(try await get(Self.covid, search))
            #expect(answer.total == 1100)
            #expect(Set(answer.ids).count == 1100)
        }
    }
}
