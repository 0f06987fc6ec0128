import Deliveries
import Feeds
import Foundation
import HeraldTestKit
import Messages
import Operations
import Postgres
import Store
import Testing
import Vaccination

/// What the consumer answers, and what it does not (`nis-feed.md` §6, TN-12).
@Suite(.herald, .timeLimit(.minutes(1))) struct FeedAnswerTests {
    private func withSentRun(_ body: (NationalFeed, ScriptedCarrier, _ base: String) async throws -> Void) async throws
    {
        try await withFeed(mailbox: "NIS00001") { feed in
            let carrier = ScriptedCarrier()
            try await feed.apply(SampleFeed((0..<3).map { SampleFeed.Row("id-\($0)") }, number: 1))
            try await feed.writeRuns(1, carrier: carrier)
            try await feed.sendAll(carrier)
            let name = try #require(carrier.deliveries.first?.name)
            try await body(feed, carrier, String(name.dropLast(4)))
        }
    }

    private func answer(_ feed: NationalFeed, _ answer: FeedAnswer, _ base: String) async throws -> FeedReaction? {
        try await feed.store.take(answer, to: base, from: "NIS00001")
    }

    /// What the one poller does with a report (`mesh.md` §7).
    private func report(_ feed: NationalFeed, _ message: String?, _ local: String?) async throws -> String? {
        let report = MailboxReport(messageID: message, localID: local, code: "14", text: "not collected")
        let notice = MailboxNotice(
            id: UUID().uuidString,
            kind: .report(report),
            sender: nil,
            workflow: "NIS_VACC_FEED",
            localID: local,
            fileName: nil,
            contentType: nil
        )
        return try await feed.store.take(report, notice, in: "X26HERALD1")
    }

    @Test("TN-12: InfAck Success: the file is received, and so is the run; once is enough")
    func success() async throws {
        try await withSentRun { feed, _, base in
            let first = try await answer(feed, .infrastructure(isSuccess: true), base)
            let second = try await answer(feed, .infrastructure(isSuccess: true), base)
            #expect(first == .received && second == .ignored)
            #expect(try await feed.store.feedOverview(limit: 1)?.runs.first?.state == .received)
        }
    }

    @Test("TN-12: InfAck Failure: the run is refused and the feed stops; its next runs wait until an operator decides")
    func failure() async throws {
        try await withSentRun { feed, carrier, base in
            #expect(try await answer(feed, .infrastructure(isSuccess: false), base) == .stopped(.refused))
            try await feed.writeRuns(2, carrier: carrier)
            let stopped = try #require(try await feed.store.feedOverview(limit: 2))
            #expect(stopped.stop == "refused" && stopped.runs.map(\.state) == [.sending, .refused])
            #expect(carrier.deliveries.count == 2)
            try await feed.operators("herald nis resend").resendRuns(
                from: 1,
                through: nil,
                reason: "agreed by telephone"
            )
            try await feed.sendAll(carrier)
            #expect(
                carrier.deliveries.dropFirst(2).map(\.localID) == [
                    "X26_D00000001-FLU-001.r1", "X26_D00000001-MANIFEST.r1", "X26_D00000002-MANIFEST",
                ]
            )
        }
    }

    @Test("TN-12: BusAck with two failures: the rows are listed with their reasons, and the feed goes on")
    func rowFailures() async throws {
        try await withSentRun { feed, _, base in
            let failures = [1, 3].map {
                FeedAnswer.RowFailure(row: $0, recordID: SampleFeed.recordID("id-\($0)"), outcome: "not wanted: \($0)")
            }
            #expect(try await answer(feed, .business(failures), base) == .failures(2))
            #expect(try await answer(feed, .business(failures), base) == .failures(2))
            let file = try #require(try await feed.store.feedFiles(of: 1).first)
            #expect(
                file.failures.map(\.row) == [1, 3]
                    && file.failures.map(\.outcome) == ["not wanted: 1", "not wanted: 3"]
            )
            #expect(file.failures.map(\.recordID) == failures.map(\.recordID?.uuid))
            let overview = try #require(try await feed.store.feedOverview(limit: 1))
            #expect(overview.stop == nil && overview.runs.first?.failedRows == 2)
        }
    }

    @Test("TN-12: silence of a day is shown, and the feed goes on")
    func silence() async throws {
        try await withSentRun { feed, carrier, _ in
            #expect(try await feed.store.feedOverview(limit: 1)?.runs.first?.state == .sent)
            try await feed.pool.query("UPDATE feed_run SET sent_at = sent_at - interval '25 hours'")
            #expect(try await feed.store.feedOverview(limit: 1)?.runs.first?.state == .silent)
            let state = try #require(try await feed.store.hubState().nationalFeed)
            #expect(state.unanswered == 1 && state.stop == nil && state.waiting == 0)
            try await feed.writeRuns(2, carrier: carrier)
            try await feed.sendAll(carrier)
        }
    }

    @Test("TN-12, M-07: report 14: the feed pauses, and goes on with the run that did not arrive")
    func report() async throws {
        try await withSentRun { feed, carrier, _ in
            #expect(try await report(feed, "ID77", "another") == nil)
            let manifest = try #require(carrier.deliveries.last)
            #expect(try await report(feed, manifest.id, nil) == manifest.localID)
            #expect(try await report(feed, nil, manifest.localID) == nil)
            let overview = try #require(try await feed.store.feedOverview(limit: 1))
            #expect(overview.stop == "uncollected" && overview.runs.first?.state == .uncollected)
            try await feed.operators("herald nis resend").resendRuns(
                from: 1,
                through: nil,
                reason: "they collect again"
            )
            try await feed.sendAll(carrier)
            #expect(carrier.deliveries.count == 4)
            #expect(try await feed.store.feedOverview(limit: 1)?.runs.first?.state == .sent)
        }
    }

    @Test("a report about a file that was answered meanwhile is ignored, and nobody but the consumer answers")
    func strangersAndLatecomers() async throws {
        try await withSentRun { feed, carrier, base in
            #expect(try await feed.store.take(.infrastructure(isSuccess: false), to: base, from: "STRANGER") == nil)
            #expect(try await answer(feed, .infrastructure(isSuccess: true), "FLU_other") == nil)
            #expect(try await answer(feed, .infrastructure(isSuccess: true), base) == .received)
            let file = try #require(carrier.deliveries.first)
            #expect(try await report(feed, file.id, nil) == nil)
            #expect(try await feed.store.feedOverview(limit: 1)?.stop == nil)
        }
    }
}
