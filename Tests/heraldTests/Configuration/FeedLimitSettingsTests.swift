import Feeds
import Testing

@testable import herald

/// The limits of a feed are settings (csv-feed.md §10), and so is its byte order mark (§3).
@Suite struct FeedLimitSettingsTests {
    private func limits(_ environment: [String: String]) throws -> FeedLimits {
        let needed = ["HERALD_DATABASE_URL": "postgres://localhost/herald"]
        let reader = try SettingsReader.reader(
            flags: [:],
            environment: environment.merging(needed) { own, _ in own },
            file: nil
        )
        return try HubConfiguration(reader: reader).feedWorker.limits
    }

    @Test func areTheDefaultsUnlessSet() throws {
        #expect(try limits([:]) == FeedLimits())
    }

    @Test func areTakenFromTheEnvironment() throws {
        let limits = try limits([
            "HERALD_FEED_MAX_ROWS": "10", "HERALD_FEED_MAX_BYTES": "20", "HERALD_FEED_MAX_ROW_BYTES": "30",
            "HERALD_FEED_MAX_FIELD_BYTES": "40", "HERALD_FEED_BYTE_ORDER_MARK": "false",
        ])
        #expect(limits.rows == 10)
        #expect(limits.fileBytes == 20)
        #expect(limits.rowBytes == 30)
        #expect(limits.fieldBytes == 40)
        #expect(!limits.toleratesByteOrderMark)
    }

    @Test(arguments: ["HERALD_FEED_MAX_ROWS", "HERALD_FEED_MAX_FIELD_BYTES", "HERALD_FEED_BYTE_ORDER_MARK"])
    func aValueThatIsNoneIsRefusedByName(variable: String) {
        let error = #expect(throws: ConfigurationError.self) { try limits([variable: "many"]) }
        #expect(error?.description.contains(variable) == true)
    }
}
