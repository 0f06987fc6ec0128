import Deliveries
import Foundation
import Store
import Vaccination

/// Where a courier of a feed may die: between one thing on file and the next.
struct FeedStep: Hashable, Sendable {
    enum Place: Hashable, Sendable {
        case frozen, writing, written, finished, attempting, attempted, carried, accepted
    }

    let place: Place
    /// The run, or the message.
    let what: String
}

extension LaneStoreProbe: FeedRunStore {
    func freezeRun(
        _ claim: LaneClaim,
        at time: Date,
        _ feed: FeedSettings,
        noted: Int64
    ) async throws -> FrozenRun? {
        let run = try await store.freezeRun(claim, at: time, feed, noted: noted)
        if let run { try onStep(FeedStep(place: .frozen, what: "\(run.sequence)")) }
        return run
    }

    func finishRun(_ claim: LaneClaim, _ run: FrozenRun, _ written: WrittenRun, next pause: LanePause) async throws {
        try onFinish()
        try onStep(FeedStep(place: .written, what: "\(run.sequence)"))
        try await store.finishRun(claim, run, written, next: pause)
        try onStep(FeedStep(place: .finished, what: "\(run.sequence)"))
    }

    func feedEvents(of claim: LaneClaim, numbers: ClosedRange<Int64>) async throws -> [FeedEvent] {
        let events = try await store.feedEvents(of: claim, numbers: numbers)
        try onStep(FeedStep(place: .writing, what: "\(numbers)"))
        return events
    }

    func liveRecords(
        of claim: LaneClaim,
        in run: FrozenRun,
        after last: RecordID?,
        limit: Int
    ) async throws -> (records: [FeedEvent], last: RecordID?) {
        try await store.liveRecords(of: claim, in: run, after: last, limit: limit)
    }

    func heldRecords(of claim: LaneClaim) async throws -> Set<RecordID> { try await store.heldRecords(of: claim) }

    func nextMessage(of claim: LaneClaim) async throws -> FeedMessage? { try await store.nextMessage(of: claim) }

    func beginAttempt(_ message: FeedMessage, of claim: LaneClaim) async throws {
        try onStep(FeedStep(place: .attempting, what: message.localID))
        try await store.beginAttempt(message, of: claim)
        try onStep(FeedStep(place: .attempted, what: message.localID))
    }

    func accept(_ message: FeedMessage, of claim: LaneClaim, _ receipt: FeedReceipt) async throws -> Bool {
        try onStep(FeedStep(place: .carried, what: message.localID))
        let isLast = try await store.accept(message, of: claim, receipt)
        try onStep(FeedStep(place: .accepted, what: message.localID))
        return isLast
    }

    func postpone(
        _ message: FeedMessage,
        of claim: LaneClaim,
        for pause: Duration,
        trouble: String,
        stop: FeedStop?
    ) async throws {
        try await store.postpone(message, of: claim, for: pause, trouble: trouble, stop: stop)
    }

    func files(of run: FrozenRun, _ claim: LaneClaim) async throws -> [WrittenRun.File] {
        try await store.files(of: run, claim)
    }

    func expiredRuns(of claim: LaneClaim, olderThan age: Duration) async throws -> [ExpiredRun] {
        try await store.expiredRuns(of: claim, olderThan: age)
    }

    func markRemoved(_ run: ExpiredRun, of claim: LaneClaim) async throws {
        try await store.markRemoved(run, of: claim)
    }

    func rest(_ claim: LaneClaim) async throws { try await store.rest(claim) }
}
