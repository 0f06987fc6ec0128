import Feeds
import Foundation
import Store

/// A store that hands every call on to the real one, except where a test puts itself in between.
struct FeedStoreProbe: FeedStore {
    let store: PostgresStore
    var onApply: @Sendable (RowCounts) throws -> Void = { _ in }
    var beforeFinish: @Sendable () throws -> Void = {}
    /// Whether an error is the test's own, and passes.
    var isOwn: @Sendable (any Error) -> Bool = { _ in false }

    func apply(_ batch: RowBatch, of claim: FeedClaim, by supplier: Supplier) async throws -> RowCounts {
        let counts = try await store.apply(batch, of: claim, by: supplier)
        try onApply(counts)
        return counts
    }
    func finish(_ claim: FeedClaim, status: FeedStatus, totalRows: Int64, reason: String?) async throws {
        try beforeFinish()
        try await store.finish(claim, status: status, totalRows: totalRows, reason: reason)
    }
    func isTransient(_ error: any Error) -> Bool { isOwn(error) || store.isTransient(error) }

    func reference() async throws -> ReferenceData { try await store.reference() }
    func begin(_ feed: ReceivedFeed) async throws { try await store.begin(feed) }
    func refuse(_ feed: ReceivedFeed, status: FeedStatus, reason: String) async throws {
        try await store.refuse(feed, status: status, reason: reason)
    }
    func append(_ bytes: [UInt8], chunk: Int, start: Int64, to id: FeedID) async throws {
        try await store.append(bytes, chunk: chunk, start: start, to: id)
    }
    func complete(_ id: FeedID, content: ReceivedContent, status: FeedStatus, reason: String?) async throws {
        try await store.complete(id, content: content, status: status, reason: reason)
    }
    func keptUpload(_ key: String, of client: String) async throws -> KeptUpload? {
        try await store.keptUpload(key, of: client)
    }
    func holder(ofName name: String) async throws -> FeedID? { try await store.holder(ofName: name) }
    func abandon(_ id: FeedID, status: FeedStatus, reason: String) async throws {
        try await store.abandon(id, status: status, reason: reason)
    }
    func claim(owner: UUID, lease: Duration) async throws -> FeedClaim? {
        try await store.claim(owner: owner, lease: lease)
    }
    func renew(_ claim: FeedClaim, lease: Duration) async throws -> Bool { try await store.renew(claim, lease: lease) }
    func release(_ claim: FeedClaim) async throws { try await store.release(claim) }
    func halt(_ claim: FeedClaim, row: Int64?, reason: String) async throws {
        try await store.halt(claim, row: row, reason: reason)
    }
    func hasWaiting(moreThan limit: Int) async throws -> Bool { try await store.hasWaiting(moreThan: limit) }
    func diskUse() async throws -> DiskUse? { try await store.diskUse() }
    func chunk(of id: FeedID, at offset: Int64) async throws -> FeedChunk? { try await store.chunk(of: id, at: offset) }
    func summary(of id: FeedID) async throws -> FeedSummary? { try await store.summary(of: id) }
    func summaries(limit: Int) async throws -> [FeedSummary] { try await store.summaries(limit: limit) }
    func rejectedRows(of id: FeedID, after rowNumber: Int64, limit: Int) async throws -> [RejectedRow] {
        try await store.rejectedRows(of: id, after: rowNumber, limit: limit)
    }
    func report(of id: FeedID, after rowNumber: Int64) async throws -> RowReportPage {
        try await store.report(of: id, after: rowNumber)
    }
    func feedsToForward(limit: Int) async throws -> [FeedSummary] { try await store.feedsToForward(limit: limit) }
    func markForwarded(_ id: FeedID) async throws { try await store.markForwarded(id) }
}
