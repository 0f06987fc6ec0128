import Feeds
import Foundation
import HeraldTestKit
import Postgres
import Store
import Testing
import Vaccination

extension Intake {
    /// Carries out a command as an operator; one that comes too late is let go.
    func order(_ command: FeedCommand, _ id: FeedID) async throws {
        do {
            try await store.carryOut(command, on: id, by: "operator", reason: nil, onlyBeforeStart: false)
        } catch FeedCommandRefused.wrongStatus(_, .processed) {}
    }

    /// How many rows of a feed have an outcome.
    func outcomes(_ id: FeedID) async throws -> Int {
        let counts = try #require(try await store.summary(of: id)).counts
        return Int(counts.accepted + counts.rejected)
    }

    /// Whether a worker has begun to apply a feed, or is through with it.
    func hasStarted(_ id: FeedID) async throws -> Bool {
        let status = try await store.summary(of: id)?.status
        return status == .processing || status?.isFinal == true
    }

    /// An acknowledgement file's text.
    func acknowledgement(_ kind: AcknowledgementKind, of feed: FeedSummary) async throws -> String {
        var bytes: [UInt8] = []
        for try await piece in try AcknowledgementFiles(store: store).file(kind, of: feed) { bytes += piece }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Compares with the plain rules, for the first files of one supplier and type, in their order.
    func expectModel(_ feeds: [SampleFeed], _ ids: [FeedID]) async throws {
        var model = IntakeModel()
        for (feed, id) in zip(feeds, ids) {
            let expected = model.apply(feed, vaccineType: "FLU", supplier: Suppliers.builtIn(SampleFeed.emis))
            let summary = try #require(try await store.summary(of: id))
            #expect(summary.totalRows == Int64(feed.rows.count))
            #expect(try await rejected(id) == expected)
        }
        try await expect(model)
    }
}

extension SampleFeed.Row {
    /// A row with all that the model looks at.
    static func complete(_ id: String) -> SampleFeed.Row {
        SampleFeed.Row(id, "new", [.batchNumber: "B1", .nhsNumber: "9990548609"])
    }
}
