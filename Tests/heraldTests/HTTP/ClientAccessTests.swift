import Access
import Feeds
import Foundation
import HTTPTypes
import HeraldTestKit
import HummingbirdTesting
import NIOCore
import Store
import Testing

@testable import herald

/// What registered clients may, over HTTP (`auth.md` §10 row 10, §11, §12).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(1)))
struct ClientAccessTests {
    private func upload(_ fixture: HubFixture, _ bearer: String) async throws -> TestResponse {
        try await fixture.send(
            .post,
            "/feeds?filename=\(SampleRows.fileName)",
            authorization: bearer,
            body: Array(SampleRows.header.utf8)
        )
    }

    @Test func aClientActsForItsSuppliersOnly() async throws {
        try await HubFixture.with { fixture in
            let bearer = try await fixture.bearer(client: "tpp-live")
            try await fixture.hub.store.update(ClientID("tpp-live")!, by: "test") { $0.suppliers = ["TPP"] }
            let refused = try await upload(fixture, bearer)
            #expect(refused.status == .forbidden)
            #expect(String(buffer: refused.body).contains("tpp-live does not act for EMIS"))
        }
    }

    /// `auth.md` §12: the ODS code of the file is one of the client's, where it has some.
    @Test func aClientWithOrganisationsSendsTheirFilesOnly() async throws {
        try await HubFixture.with { fixture in
            let bearer = try await fixture.bearer(client: "site-a")
            try await fixture.hub.store.update(ClientID("site-a")!, by: "test") { $0.odsCodes = ["A12345"] }
            let refused = try await upload(fixture, bearer)
            #expect(refused.status == .forbidden)
            #expect(String(buffer: refused.body).contains("site-a does not act for EMIS as YGM41"))
        }
    }

    @Test func aClientThatIsNotRegisteredSendsNothingAndAnOperatorEverything() async throws {
        try await HubFixture.with { fixture in
            let maker = TokenMaker(dataDirectory: fixture.directory, publicURL: fixture.hub.configuration.publicURL)
            let unknown = try await maker.make(client: "unknown", scope: TokenMaker.defaultScope, patient: nil)
            #expect(try await upload(fixture, "Bearer \(unknown)").status == .forbidden)
            let operators = try await maker.make(client: "operator", scope: TokenMaker.operatorScope, patient: nil)
            #expect(try await upload(fixture, "Bearer \(operators)").status == .accepted)
        }
    }

    @Test func whatIsRegisteredLimitsWhatATokenSays() async throws {
        try await HubFixture.with { fixture in
            let bearer = try await fixture.bearer(client: "reader")
            try await fixture.hub.store.update(ClientID("reader")!, by: "test") {
                $0.scopes = Scopes(parsing: "system/Immunization.rs")
            }
            let refused = try await upload(fixture, bearer)
            #expect(refused.status == .forbidden)
            #expect(refused.headers[.wwwAuthenticate]?.contains("insufficient_scope") == true)
        }
    }

    @Test func aDisabledClientIsRefusedWithinTwoSecondsByAHubThatKnewIt() async throws {
        try await HubFixture.with { fixture in
            let bearer = try await fixture.bearer(client: "leaver")
            let id = try #require(ClientID("leaver"))
            let registry = ClientRegistry(store: fixture.hub.store)
            #expect(try await registry.client(id)?.isEnabled == true)
            try await fixture.hub.store.update(id, by: "test") { $0.isEnabled = false }
            let disabled = ContinuousClock.now
            while try await registry.client(id)?.isEnabled == true {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(ContinuousClock.now - disabled < .seconds(5))
            let refused = try await upload(fixture, bearer)
            #expect(refused.status == .unauthorized)
            #expect(String(buffer: refused.body).contains("switched off"))
        }
    }
}
