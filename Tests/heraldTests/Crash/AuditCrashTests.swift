import Access
import AsyncHTTPClient
import Foundation
import HeraldTestKit
import NIOCore
import NIOHTTP1
import Postgres
import Store
import Testing

@testable import herald

/// A-51, A-54: what was answered is on record, also when the hub is killed before the record was sealed.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .serialized, .timeLimit(.minutes(5)))
struct AuditCrashTests {
    @Test func noRecordOfAnAnsweredRequestIsLostWithTheProcess() async throws {
        try await HubFixture.with { fixture in
            let bearer = try await fixture.bearer("system/Immunization.rs", client: "gp")
            let port = try TestPort.free()
            let hub = try HeraldProcess(
                ["serve", "--roles", "api"],
                environment: [
                    "HERALD_DATABASE_URL": ScratchDatabase.url, "HERALD_DATA_DIR": fixture.directory,
                    "HERALD_HTTP_ADDRESS": "127.0.0.1:\(port)", "HERALD_DEVELOPMENT": "true",
                    "HERALD_PUBLIC_URL": fixture.hub.configuration.publicURL,
                ],
                log: fixture.directory + "/log"
            )
            try await hub.waitFor("herald is ready")
            let answered = try await withThrowingTaskGroup(of: Int.self) { group in
                for reader in 0..<8 {
                    group.addTask {
                        var answered = 0
                        for number in 0... {
                            let id = UUID(
                                uuidString: "29dc4e84-7e72-11ee-b962-\(String(format: "%04x%08x", reader, number))"
                            )
                            var request = HTTPClientRequest(
                                url: "http://127.0.0.1:\(port)/FHIR/R4/Immunization/\(id?.uuidString ?? "none")"
                            )
                            request.headers.add(name: "Authorization", value: bearer)
                            guard let answer = try? await HTTPClient.shared.execute(request, timeout: .seconds(5)),
                                answer.status == .notFound
                            else { return answered }
                            answered += 1
                        }
                        return answered
                    }
                }
                try await Task.sleep(for: .milliseconds(700))
                hub.killAtOnce()
                return try await group.reduce(0, +)
            }
            #expect(answered > 0)
            let store = fixture.hub.store
            let kept = try await fixture.hub.pool.count("SELECT count(*) FROM audit_record WHERE status = 404")
            // One more for each reader may have been recorded and never answered.
            #expect((answered...(answered + 8)).contains(kept))
            while try await store.sealAudit(limit: 1000) > 0 {}
            let result = try await store.verifyAudit(against: nil)
            #expect(result.fault == nil && result.records >= kept && result.unsealed == 0)
        }
    }
}
