import Access
import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import NIOCore
import Postgres
import Store
import Testing
import WebAPI

@testable import herald

/// What the audit trail holds of requests (`auth.md` §13).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct AuditTrailTests {
    private static let search =
        "/FHIR/R4/Immunization?patient.identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C"
    private static let patient = "9990000018"

    private struct Row {
        let client, interaction, details: String
        let patient: Int64?
        let outcome, status: Int
        let entities: [String]
    }

    private func rows(_ fixture: HubFixture) async throws -> [Row] {
        try await fixture.hub.pool.query("SELECT * FROM audit_record WHERE status IS NOT NULL ORDER BY id").map { row in
            Row(
                client: try row.decode("client", as: String?.self) ?? "nobody",
                interaction: try row.decode("interaction", as: String.self),
                details: try row.decode("details", as: String.self),
                patient: try row.decode("patient", as: Int64?.self),
                outcome: Int(try row.decode("outcome", as: Int16.self)),
                status: Int(try row.decode("status", as: Int16.self)),
                entities: try row.decode("entities", as: [String].self)
            )
        }
    }

    /// A-50: one row a request, refusals too; health, metadata and discovery have none.
    @Test func everyRequestToAProtectedEndpointIsRecordedAndNoOther() async throws {
        try await HubFixture.with { fixture in
            let bearer = try await fixture.bearer("system/Immunization.rs", client: "gp")
            let missing = "/FHIR/R4/Immunization/29dc4e84-7e72-11ee-b962-0242ac120002"
            #expect(try await fixture.send(.get, missing).status == .unauthorized)
            #expect(try await fixture.send(.get, missing, authorization: "Bearer x.y.z").status == .unauthorized)
            #expect(try await fixture.send(.get, missing, authorization: bearer).status == .notFound)
            #expect(try await fixture.send(.get, "/admin/state", authorization: bearer).status == .forbidden)
            #expect(try await fixture.send(.get, "/feeds", authorization: bearer).status == .ok)
            for open in ["/_ping", "/_status", "/FHIR/R4/metadata", "/.well-known/jwks.json", "/nothing/here"] {
                _ = try await fixture.send(.get, open)
            }
            let rows = try await rows(fixture)
            #expect(rows.map(\.status) == [401, 401, 404, 403, 200])
            #expect(rows.map(\.outcome) == [12, 12, 4, 12, 0])
            #expect(rows.map(\.client) == ["nobody", "nobody", "gp", "gp", "gp"])
            #expect(rows[2].entities == ["Immunization/29dc4e84-7e72-11ee-b962-0242ac120002"])
        }
    }

    /// A-52: what a record holds; A-53: and what it does not.
    @Test func aRecordHoldsWhoAskedWhatAndHowItEnded() async throws {
        try await HubFixture.with { fixture in
            let bearer = try await fixture.bearer("system/Immunization.rs", client: "gp")
            var headers = HTTPFields()
            headers[HTTPField.Name("X-Request-ID")!] = "60E0B220-8136-4CA5-AE46-1D97EF59D068"
            headers[HTTPField.Name("X-Correlation-ID")!] = "batch 7"
            headers[HTTPField.Name("NHSD-End-User-Organisation-ODS")!] = "A12345"
            let answer = try await fixture.send(
                .get,
                Self.search + Self.patient + "&family=Testpatient",
                authorization: bearer,
                headers: headers
            )
            let row = try #require(try await rows(fixture).first)
            #expect(row.status == answer.status.code)
            let details = try JSONDecoder().decode(AuditDetails.self, from: Data(row.details.utf8))
            #expect(details.requestID?.lowercased() == "60e0b220-8136-4ca5-ae46-1d97ef59d068")
            #expect(details.correlationID == "batch 7")
            #expect(details.endUserOrganisation == "A12345")
            #expect(details.endpoint == "GET /FHIR/R4/Immunization")
            #expect(details.parameters?.contains("|" + Self.patient) == true)
            #expect(details.parameters?.contains("family=(not kept)") == true)
            #expect(details.mode == .system)
            #expect(details.tokenID != nil && details.build == Herald.version && details.milliseconds != nil)
            #expect(details.suppliers?.contains("EMIS") == true)
            #expect(!row.details.contains("Testpatient"))
            let token = bearer.dropFirst("Bearer ".count)
            #expect(!row.details.contains(token) && !row.details.contains(token.split(separator: ".")[2]))
        }
    }

    /// A-53: a token that came in the URL does not end up in the trail.
    @Test func aTokenInTheURLIsNotKept() async throws {
        try await HubFixture.with { fixture in
            _ = try await fixture.send(.get, "/FHIR/R4/Immunization?access_token=secret-token")
            let row = try #require(try await rows(fixture).first)
            #expect(row.status == 401 && row.details.contains("access_token"))
            #expect(!row.details.contains("secret-token"))
        }
    }

    /// A-52: the record says what the caller was told, also of a database that was away for the route alone.
    @Test(arguments: [
        (PostgresError.connection("gone"), 503, "transient"),
        (PostgresError.misuse("a mistake of ours"), 500, "exception"),
    ])
    func aFailureIsOnRecordAsItWasAnswered(_ error: PostgresError, _ status: Int, _ code: String) async throws {
        try await HubFixture.with { fixture in
            let router = fixture.hub.edgeRouter(nil)
            router.get("failing") { _, context -> Response in
                context.audit.requireRecord()
                throw error
            }
            let answer = try await Application(router: router, logger: fixture.hub.logger).test(.router) { client in
                try await client.execute(uri: "/failing", method: .get)
            }
            #expect(answer.status.code == status)
            let row = try #require(try await rows(fixture).first)
            #expect(row.status == status && row.outcome == 8)
            #expect(row.details.contains(#""issueCode":"\#(code)""#))
        }
    }

    /// A-51: what cannot be recorded is not answered.
    @Test func nothingLeavesThatCannotBeRecorded() async throws {
        try await HubFixture.with { fixture in
            let bearer = try await fixture.bearer("system/Immunization.rs", client: "gp")
            #expect(try await fixture.send(.get, "/feeds", authorization: bearer).status == .ok)
            try await fixture.hub.pool.query("ALTER TABLE audit_record RENAME TO audit_record_away")
            for (uri, authorization) in [("/feeds", bearer), ("/feeds", nil), (Self.search + Self.patient, bearer)] {
                let answer = try await fixture.send(.get, uri, authorization: authorization)
                #expect(answer.status == .serviceUnavailable)
                #expect(answer.headers[.retryAfter] != nil)
                #expect(!String(buffer: answer.body).contains("Bundle"))
            }
            #expect(try await fixture.send(.get, "/_ping").status == .ok)
            try await fixture.hub.pool.query("ALTER TABLE audit_record_away RENAME TO audit_record")
            #expect(try await fixture.send(.get, "/feeds", authorization: bearer).status == .ok)
            #expect(try await rows(fixture).count == 2)
        }
    }
}
