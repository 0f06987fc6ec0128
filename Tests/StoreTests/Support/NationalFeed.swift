import Deliveries
import Feeds
import Foundation
import HeraldTestKit
import Messages
import Postgres
import Store
import Subscriptions
import Testing
import Vaccination

/// One feed with its folder.
struct NationalFeed: Sendable {
    let intake: Intake
    let folder: String

    var store: PostgresStore { intake.store }
    var pool: PostgresPool { intake.pool }
    var reader: FeedRunReader { FeedRunReader(directory: folder) }

    var settings: FeedSettings {
        get throws {
            var settings = FeedSettings(odsCode: try #require(ODSCode("X26")))
            // No hour ends while a test runs.
            settings.interval = .seconds(1_000_000_000)
            settings.spool = folder
            return settings
        }
    }

    func courier<Store: FeedRunStore>(
        _ store: Store,
        settings: FeedSettings? = nil,
        carrier: (any FeedCarrier)? = nil,
        lease: Duration = .seconds(60)
    ) throws -> FeedCourier<Store> {
        var configuration = CourierConfiguration(publicURL: "https://herald.example.nhs.uk", version: "1.0")
        configuration.idlePause = .milliseconds(10)
        configuration.lease = lease
        return FeedCourier(
            store: store,
            configuration: configuration,
            feed: try settings ?? self.settings,
            carrier: carrier,
            environment: CourierEnvironment(jitter: { 0.002 }),
            owner: UUID(),
            logger: .silent
        )
    }

    /// Applies a file and routes its events.
    func apply(_ feed: SampleFeed) async throws {
        #expect(try await intake.apply(feed).counts.rejected == 0)
        try await store.routeAll()
    }

    /// A run's rows, file by file.
    func rows(of manifest: FeedManifest) throws -> [FeedRunReader.Row] {
        var rows: [FeedRunReader.Row] = []
        try reader.forEachRow(of: manifest) { rows.append($0) }
        return rows
    }

    /// How many runs are written.
    func runs() async throws -> Int {
        try await pool.count("SELECT count(*) FROM feed_run WHERE written_at IS NOT NULL")
    }

    /// Makes the next run due, as if the hour were over.
    func endHour() async throws {
        try await pool.query("UPDATE feed_state SET next_run_at = '-infinity', next_send_at = '-infinity'")
        try await pool.query("UPDATE lane SET next_attempt_at = now(), lease_until = NULL")
    }

    /// Lets runs be written until there are so many, as if for each an hour were over.
    func writeRuns(_ count: Int, settings: FeedSettings? = nil, carrier: (any FeedCarrier)? = nil) async throws {
        for number in try await runs() + 1...count {
            try await endHour()
            try await running([courier(store, settings: settings, carrier: carrier)]) {
                try await eventually { try await runs() == number }
            }
        }
        #expect(try await runs() == count)
    }

    /// Lets everything be sent that waits.
    func sendAll(_ carrier: (any FeedCarrier)? = nil) async throws {
        try await pool.query("UPDATE feed_state SET next_send_at = '-infinity'")
        try await pool.query("UPDATE lane SET next_attempt_at = now(), lease_until = NULL")
        try await running([courier(store, carrier: carrier)]) {
            try await eventually {
                try await pool.count("SELECT count(*) FROM feed_message WHERE state = 'waiting'") == 0
            }
        }
    }

    /// Every file's bytes by name.
    func contents() throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            contents[name] = FileManager.default.contents(atPath: "\(folder)/\(name)")
        }
        return contents
    }
}

/// Lends a feed that is written by nobody yet, into a folder or to a mailbox.
func withFeed(
    filter: SubscriptionFilter = SubscriptionFilter(),
    mailbox: String? = nil,
    _ body: (NationalFeed) async throws -> Void
) async throws {
    let folder = ScratchFolder.make()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await withIntake { intake in
        let endpoint = mailbox.map { "mesh:\($0)" } ?? folder
        try await intake.store.create(.sample(.nis, channel: .feed, filter: filter, endpoint: endpoint))
        try await body(NationalFeed(intake: intake, folder: folder))
    }
}
