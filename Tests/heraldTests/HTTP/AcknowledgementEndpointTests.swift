import FHIR
import Foundation
import HeraldTestKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Postgres
import Store
import Testing
import Vaccination

@testable import herald

/// The files of `csv-feed.md` §8 over HTTP.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct AcknowledgementEndpointTests {
    private func withFeed(_ content: [UInt8], _ body: (HubFixture, String, String) async throws -> Void) async throws {
        try await HubFixture.with { fixture in
            let token = try await fixture.bearer()
            let uri = "/feeds?filename=\(SampleRows.fileName)"
            let answer = try await fixture.send(.post, uri, authorization: token, body: content)
            let location = try #require(answer.headers[.location])
            #expect(try await fixture.send(.get, location + "/inf-ack", authorization: token).status == .ok)
            try await fixture.applyFeeds()
            try await body(fixture, location, token)
        }
    }

    @Test func acknowledgesTheFileAndListsItsFailedRowsOnly() async throws {
        let rows = [
            SampleRows.row(), SampleRows.row([.uniqueID: "2", .personSurname: " "]),
            SampleRows.row([.uniqueID: "3", .actionFlag: "update"]),
        ]
        try await withFeed(SampleRows.file(rows)) { fixture, location, token in
            let file = try await fixture.send(.get, location + "/inf-ack", authorization: token)
            #expect(text(file).contains("|Success|Information|OK|20013|Technical|20013|Success|"))
            let name = try #require(file.headers[.contentDisposition])
            #expect(name.contains("FLU_Vaccinations_v5_YGM41_20250115T08000000_InfAck_"))

            let csv = text(try await fixture.send(.get, location + "/bus-ack", authorization: token)).split(
                separator: "\n"
            )
            #expect(csv.count == 3)
            #expect(csv[1].contains("^2|Fatal Error|Fatal|Fatal Error|30002|Business|30002|"))
            #expect(csv[1].contains("must be a non-empty string"))
            #expect(csv[2].contains("|3^https://www.ravs.england.nhs.uk/|"))
            #expect(csv[2].contains("Immunization resource does not exist."))

            let answer = try await fixture.send(.get, location + "/bus-ack?format=json", authorization: token)
            let json = try JSONValue(parsing: Array(answer.body.readableBytesView))
            #expect(json.at("summary", "totalRecords")?.integer == 3)
            #expect(json.at("summary", "succeeded")?.integer == 1)
            #expect(json["failures"]?.array?.compactMap { $0["rowId"]?.integer } == [2, 3])
        }
    }

    @Test func givesAFileThatFailedAsAWholeNoRowAcknowledgement() async throws {
        try await withFeed(Array("not a feed".utf8)) { fixture, location, token in
            let file = try await fixture.send(.get, location + "/inf-ack", authorization: token)
            #expect(text(file).contains("|Failure|Fatal|Fatal Error|10001|Technical|10002|"))
            #expect(try await fixture.send(.get, location + "/bus-ack", authorization: token).status == .notFound)
        }
    }

    @Test func showsAcknowledgementsToTheSenderOnly() async throws {
        try await withFeed(SampleRows.file([SampleRows.row()])) { fixture, location, _ in
            let other = try await fixture.bearer(client: "another-site")
            for path in ["/inf-ack", "/bus-ack"] {
                #expect(try await fixture.send(.get, location + path, authorization: other).status == .notFound)
            }
        }
    }
}
