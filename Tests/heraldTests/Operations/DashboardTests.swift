import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import Store
import Testing
import Vaccination

@testable import herald

@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct DashboardTests {
    @Test(arguments: [
        ("/", "text/html; charset=utf-8"), ("/dashboard.js", "text/javascript; charset=utf-8"),
        ("/dashboard.css", "text/css; charset=utf-8"),
    ])
    func thePageIsServedToAnybodyAndHoldsNothingOfTheHub(path: String, mediaType: String) async throws {
        try await HubFixture.with { fixture in
            let answer = try await fixture.send(.get, path)
            #expect(answer.status == .ok)
            #expect(answer.headers[.contentType] == mediaType)
            let policy = try #require(answer.headers[.contentSecurityPolicy])
            #expect(policy.hasPrefix("default-src 'none';"))
            #expect(!policy.contains("unsafe"))
        }
    }

    @Test func thePageNeedsNothingFromElsewhereAndRunsNothingInline() async throws {
        try await HubFixture.with { fixture in
            let page = String(buffer: try await fixture.send(.get, "/").body)
            let script = String(buffer: try await fixture.send(.get, "/dashboard.js").body)
            let style = String(buffer: try await fixture.send(.get, "/dashboard.css").body)
            for text in [page, script, style] { #expect(!text.contains("://")) }
            #expect(page.firstMatch(of: /<script[^>]*>\s*[^<\s]/) == nil)
            #expect(page.firstMatch(of: /\son[a-z]+=|style=/) == nil)
            #expect(!script.contains("innerHTML"))
            #expect(!script.contains("localStorage") && !script.contains("sessionStorage"))
            // Every element the script fills is there.
            for match in script.matches(of: /at\("([a-z]+)"\)|fill\("([a-z]+)"/) {
                let id = match.1 ?? match.2 ?? ""
                #expect(page.contains("id=\"\(id)\""))
            }
        }
    }

    @Test func theStateShowsFeedsWithTheirProgressToOperatorsOnly() async throws {
        try await HubFixture.with { fixture in
            let site = try await fixture.bearer()
            _ = try await fixture.send(
                .post,
                "/feeds?filename=\(SampleRows.fileName)",
                authorization: site,
                body: SampleRows.file([SampleRows.row(), SampleRows.row([.personSurname: " "])])
            )
            try await fixture.applyFeeds()
            #expect(try await fixture.send(.get, "/admin/state").status == .unauthorized)
            #expect(try await fixture.send(.get, "/admin/state", authorization: site).status == .forbidden)
            let answer = try await fixture.send(
                .get,
                "/admin/state",
                authorization: try await fixture.bearer("herald/admin.read")
            )
            #expect(answer.status == .ok)
            struct State: Decodable {
                struct Feed: Decodable {
                    var name, status: String
                    var accepted, rejected, totalRows: Int
                }
                var recentFeeds: [Feed]
            }
            let feed = try #require(
                try JSONDecoder().decode(State.self, from: Data(answer.body.readableBytesView)).recentFeeds.first
            )
            #expect(feed.name == SampleRows.fileName)
            #expect(feed.status == "Processed")
            #expect(feed.accepted == 1 && feed.rejected == 1 && feed.totalRows == 2)
            #expect(!String(buffer: answer.body).contains("9990548609"))
        }
    }
}
