import Access
import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import Store
import Synchronization
import Testing
import Vaccination

@testable import WebAPI
@testable import herald

/// Who searches, until when a page is good, and what the trail holds of it.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct SearchAccessTests {
    private static let flu = SearchFixture.patient + "&-immunization.target=FLU"

    /// a cursor is good for an hour, and then says so.
    @Test func anExpiredCursorIsRefused() async throws {
        let records = (1...3).map { HistorySample(occurrence: "2024-10-0\($0)T10:00:00+01:00") }
        try await SearchFixture.with(records) { search in
            let hub = search.fixture.hub
            let clock = Mutex(Date())
            let router = hub.edgeRouter(nil)
            let bearer = try #require(hub.access?.bearer)
            let engine = SearchEngine(
                store: hub.store,
                baseURL: hub.configuration.publicURL + "/FHIR/R4",
                now: { clock.withLock(\.self) }
            )
            SearchRoutes(engine).add(to: router.group("FHIR/R4/Immunization").add(middleware: bearer))
            let application = Application(router: router, logger: hub.logger)
            try await application.test(.router) { client in
                func get(_ query: String) async throws -> TestResponse {
                    try await client.execute(
                        uri: "/FHIR/R4/Immunization?\(query)",
                        method: .get,
                        headers: [.authorization: search.token]
                    )
                }
                let next = try #require(SearchAnswer(try await get(Self.flu + "&_count=1")).query("next"))
                clock.withLock { $0 += 3599 }
                #expect(try SearchAnswer(try await get(next)).ids.count == 1)
                clock.withLock { $0 += 2 }
                let late = try await get(next)
                #expect(late.status == .badRequest)
                #expect(late.issue.hasPrefix("invalid: ") && late.issue.contains("_cursor has expired"))
                // The page that was shown in time has given a cursor of its own.
                #expect(try await get(Self.flu + "&_count=1").status == .ok)
            }
        }
    }

    /// who was looked for, what was asked and granted, and every record that was shown with its version.
    @Test func theTrailHoldsWhatASearchAskedAndShowed() async throws {
        let shown = HistorySample(version: 3)
        let records = [shown, HistorySample(type: "COVID"), HistorySample(patient: .sample(2))]
        try await SearchFixture.with(records, permissions: ["FLU.S"]) { search in
            #expect(try await search.bundle(SearchFixture.patient + "&-immunization.target=FLU,COVID").total == 1)
            #expect(
                try await search.post("patient:identifier=https://fhir.nhs.uk/Id/nhs-number%7C\(SearchFixture.number)")
                    .status == .ok
            )
            #expect(try await search.get("_id=\(shown.id.lowercaseText)").status == .ok)
            #expect(try await search.get(Self.flu + "&status=final").status == .badRequest)
            var query = AuditQuery()
            query.interaction = .search
            let found = try await search.fixture.hub.store.auditRows(query).sorted { $0.id < $1.id }
                .map { try $0.record() }
            #expect(found.map(\.status) == [200, 200, 200, 400])
            for record in found.prefix(3) {
                #expect(record.patient?.digits == SearchFixture.number && record.client == "reader")
                #expect(
                    record.resources == [AuditedResource("Immunization", id: shown.id.lowercaseText, version: 3)]
                )
                #expect(record.count == 1 && record.vaccineTypesGranted == ["FLU"])
            }
            #expect(found[0].vaccineTypesAsked == ["COVID", "FLU"])
            #expect(found[1].endpoint == "POST /FHIR/R4/Immunization/_search")
            #expect(found[1].parameters?.contains(SearchFixture.number) == true)
            #expect(found[3].resources.isEmpty && found[3].issueCode == "invalid")
        }
    }

    /// A hub that exchanges CIS2's id tokens for those of a portal, and a worker with these roles.
    private func withWorker(
        _ roles: [String],
        _ body: (HubFixture, _ bearer: String) async throws -> Void
    ) async throws {
        let cis2 = AssertingClient("cis2")
        let provider = IdentityProvider(
            kind: .cis2,
            issuer: AssertingClient.idp,
            algorithms: [.es384],
            keys: .fixed(try PublicKeySet(json: Array(cis2.jwks.utf8)))
        )
        try await HubFixture.with({ $0.auth.providers = [provider] }) { fixture in
            let portal = AssertingClient("portal")
            try await portal.register(in: fixture, scopes: "user/Immunization.rs") {
                $0.grants = [.tokenExchange]
                $0.idpClientIDs = ["portal-at-cis2"]
                $0.permissions = try? VaccinePermissions(["FLU.RS"])
            }
            try await HistorySample.store([HistorySample(), HistorySample(type: "COVID")], in: fixture.hub.pool)
            let now = Int(Date().timeIntervalSince1970)
            let idToken = try cis2.sign([
                "iss": AssertingClient.idp, "sub": "910000000001", "aud": "portal-at-cis2", "iat": now,
                "exp": now + 600,
                "auth_time": now, "authentication_assurance_level": "3", "nhsid_useruid": "910000000001",
                "nhsid_nrbac_roles": roles.map { role in
                    [
                        "person_roleid": role, "person_orgid": "1", "org_code": "A2004\(role.suffix(1))",
                        "role_code": "S0010:G0020:R8008", "activity_codes": ["B0570"],
                    ]
                },
            ])
            let bearer = try await fixture.token(
                for: portal,
                [
                    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": idToken,
                    "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
                ]
            )
            try await body(fixture, bearer)
        }
    }

    /// a worker finds records of the portal's types, in the role that the header names, and the trail says who it was.
    @Test func aWorkerSearchesInTheRoleThatIsChosen() async throws {
        try await withWorker(["555000000001", "555000000002"]) { fixture, bearer in
            func search(_ role: String?, _ query: String = Self.flu) async throws -> TestResponse {
                var headers: HTTPFields = [:]
                if let role { headers[HeaderName.sessionRole] = role }
                return try await fixture.send(
                    .get,
                    "/FHIR/R4/Immunization?\(query)",
                    authorization: bearer,
                    headers: headers
                )
            }
            #expect(try await search(nil).status == .forbidden, "several roles, and none is chosen")
            #expect(try await search("555000000009").status == .forbidden, "somebody else's role")
            let found = try SearchAnswer(try await search("555000000002"))
            #expect(found.total == 1)
            let other = SearchFixture.patient + "&-immunization.target=COVID"
            #expect(try await search("555000000002", other).status == .forbidden)
            var query = AuditQuery()
            query.interaction = .search
            query.outcome = .success
            let record = try #require(try await fixture.hub.store.auditRows(query).first?.record())
            #expect(record.mode == .user && record.sdsUserID == "910000000001" && record.authenticationLevel == 3)
            #expect(record.roleProfileID == "555000000002" && record.roleOrganisation == "A20042")
            #expect(record.patient?.digits == SearchFixture.number)
        }
    }

    /// the only role is implied; §12: workers read and search, and write nothing.
    @Test func aWorkerWithOneRoleNeedsNoHeaderAndWritesNothing() async throws {
        try await withWorker(["555000000001"]) { fixture, bearer in
            let uri = "/FHIR/R4/Immunization?\(Self.flu)"
            let found = try SearchAnswer(try await fixture.send(.get, uri, authorization: bearer))
            let id = try #require(found.ids.first)
            #expect(try await fixture.send(.get, HubFixture.records + "/" + id, authorization: bearer).status == .ok)
            #expect(try await fixture.create(SampleImmunization.make(), bearer).status == .forbidden)
            let deletion = try await fixture.send(.delete, HubFixture.records + "/" + id, authorization: bearer)
            #expect(deletion.status == .forbidden)
        }
    }
}
