import Deliveries
import Testing

@testable import herald

/// Where the national feed goes is a setting (`nis-feed.md` §5).
@Suite struct NationalFeedSettingsTests {
    private func settings(_ environment: [String: String]) throws -> HubConfiguration {
        let needed = ["HERALD_DATABASE_URL": "postgres://localhost/herald"]
        let reader = try SettingsReader.reader(
            flags: [:],
            environment: environment.merging(needed) { own, _ in own },
            file: nil
        )
        return try HubConfiguration(reader: reader)
    }

    private static let mesh = [
        "HERALD_MESH_URL": "https://localhost", "HERALD_MESH_MAILBOX": "X26HERALD1", "HERALD_MESH_PASSWORD": "p",
        "HERALD_MESH_SHARED_KEY": "k",
    ]

    @Test func thereIsNoFeedUnlessSet() throws { #expect(try settings([:]).feedEndpoint == nil) }

    @Test func aFolderIsTheFeedsEndWhereThereIsNoMailbox() throws {
        let settings = try settings(["HERALD_FEED_DIRECTORY": "/feed"])
        #expect(settings.feedEndpoint == "/feed" && settings.feed.spool == "/feed" && settings.feedTypes == nil)
    }

    @Test func aMailboxGetsTheRunsOfTheFolder() throws {
        let own = Self.mesh.merging(["HERALD_FEED_MAILBOX": "nis00001", "HERALD_FEED_TYPES": "flu, COVID"]) { $1 }
        let settings = try settings(own)
        #expect(settings.feedEndpoint == "mesh:NIS00001" && settings.feed.spool == ".herald/nis")
        #expect(settings.feedWorkflow == "NIS_VACC_FEED" && settings.feedTypes == ["FLU", "COVID"])
        #expect(try self.settings(own.merging(["HERALD_FEED_DIRECTORY": "/feed"]) { $1 }).feed.spool == "/feed")
    }

    @Test(arguments: [
        ["HERALD_FEED_MAILBOX": "NIS-1"], ["HERALD_FEED_TYPES": "FLU;COVID"], ["HERALD_FEED_TYPES": ","],
    ])
    func whatCannotBeIsRefusedByName(_ wrong: [String: String]) throws {
        let name = try #require(wrong.keys.first)
        let error = #expect(throws: ConfigurationError.self) {
            try settings(wrong.merging(Self.mesh) { own, _ in own })
        }
        #expect(error?.description.contains(name) == true)
    }

    @Test func aMailboxNeedsMESH() throws {
        let error = #expect(throws: ConfigurationError.self) { try settings(["HERALD_FEED_MAILBOX": "NIS00001"]) }
        #expect(error?.description.contains("HERALD_MESH_URL") == true)
    }
}
