import Access
import Foundation
import HTTPTypes
import HeraldTestKit
import HummingbirdTesting
import Postgres
import Store
import Testing
import Vaccination

@testable import herald

/// a hub whose database role owns nothing does all its work.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct HubRoleTests {
    @Test func aHubRunsAsARoleThatCannotChangeTheTrail() async throws {
        try await HubRole.with { database in
            try await HubFixture.with {
                $0.database = database
            } _: { (fixture) async throws in
                try await fixture.hub.migrate()
                try await fixture.hub.prepare()
                let bearer = try await fixture.bearer()
                let upload = try await fixture.send(
                    .post,
                    "/feeds?filename=\(SampleRows.fileName)",
                    authorization: bearer,
                    body: Array(SampleRows.header.utf8)
                )
                #expect(upload.status == .accepted)
                try await fixture.applyFeeds()
                #expect(try await fixture.create(SampleImmunization.make(), bearer).status == .created)
                let id = SampleImmunization.id("FLU-0001").description
                let record = HubFixture.records + "/" + id
                #expect(try await fixture.send(.get, record, authorization: bearer).status == .ok)
                #expect(try await fixture.send(.delete, record, authorization: bearer).status == .noContent)
                let store = fixture.hub.store
                while try await store.sealAudit(limit: 100) > 0 {}
                let result = try await store.verifyAudit(against: nil)
                #expect(result.fault == nil && result.records >= 4)
                let rights = try await store.auditRights()
                #expect(rights.mayAppend && !rights.mayChange)
            }
        }
    }
}
