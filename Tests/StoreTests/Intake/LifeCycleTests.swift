import Feeds
import Foundation
import HeraldTestKit
import Postgres
import ServiceLifecycle
import Store
import Testing
import Vaccination

/// Pause, resume, cancel and retry of feeds and queues (`csv-feed.md` §9).
@Suite(.herald, .timeLimit(.minutes(2))) struct LifeCycleTests {
    private static func feed(_ rows: Int, seed: UInt64, number: Int = 0) -> SampleFeed {
        var random = SplitMix(seed: seed)
        return SampleFeed(random.rows(rows, identities: rows / 3), number: number)
    }

    @Test func nothingIsAppliedAfterAPauseAndAllOfItOnceAfterTheResume() async throws {
        try await withIntake { intake in
            let feed = Self.feed(600, seed: 11)
            let id = try await intake.receive(feed)
            let next = try await intake.receive(SampleFeed([.complete("next")], number: 1))
            try await running([Intake.worker(intake.store, batchSize: 5)]) {
                for _ in 0..<4 {
                    try await eventually { try await intake.hasStarted(id) }
                    try await intake.order(.pause, id)
                    let applied = try await intake.outcomes(id)
                    try await Task.sleep(for: .milliseconds(50))
                    #expect(try await intake.outcomes(id) == applied)
                    let summary = try #require(try await intake.store.summary(of: id))
                    guard summary.status == .paused else { break }
                    #expect(try await intake.store.summary(of: next)?.status == .queued)
                    try await intake.order(.resume(givingUp: nil), id)
                    try await eventually { try await intake.outcomes(id) > applied }
                }
                try await intake.expectProcessed([id, next])
            }
            try await intake.expectModel([feed, SampleFeed([.complete("next")], number: 1)], [id, next])
        }
    }

    @Test func aCancelledFileKeepsWhatWasAppliedAndLetsTheNextOneGo() async throws {
        try await withIntake { intake in
            let feed = Self.feed(600, seed: 12)
            let id = try await intake.receive(feed)
            let next = try await intake.receive(SampleFeed([.complete("next")], number: 1))
            try await running([Intake.worker(intake.store, batchSize: 5)]) {
                try await eventually { try await intake.outcomes(id) > 10 }
                try await intake.order(.cancel, id)
                let applied = try await intake.outcomes(id)
                try await intake.expectProcessed([next])
                #expect(try await intake.outcomes(id) == applied)
                let summary = try #require(try await intake.store.summary(of: id))
                #expect(summary.status == .cancelled)
                #expect(summary.finishedAt != nil)
                #expect(summary.reason?.contains("stay applied") == true)
                let files = AcknowledgementFiles(store: intake.store)
                #expect(throws: Never.self) { try files.file(.infrastructure, of: summary) }
                #expect(throws: AcknowledgementMissing.cancelled) { try files.file(.businessCSV, of: summary) }

                try await intake.order(.retry, id)
                try await intake.expectProcessed([id])
            }
            try await IntakeAudit.check(intake.pool)
            #expect(try await intake.outcomes(id) == feed.rows.count)
        }
    }

    @Test func aFileCancelledBeforeItBeganGivesItsNameUpAndComesBackOnlyWhileTheNameIsFree() async throws {
        try await withIntake { intake in
            let feed = SampleFeed([SampleFeed.Row("1")])
            let first = try await intake.receive(feed)
            try await intake.order(.cancel, first)
            let summary = try #require(try await intake.store.summary(of: first))
            #expect(try await intake.acknowledgement(.infrastructure, of: summary).contains("|Success|"))
            let files = AcknowledgementFiles(store: intake.store)
            #expect(throws: AcknowledgementMissing.cancelled) { try files.file(.businessCSV, of: summary) }
            let second = try await intake.receive(feed)
            await #expect(throws: FeedCommandRefused.nameTaken) { try await intake.order(.retry, first) }
            try await running([Intake.worker(intake.store)]) { try await intake.expectProcessed([second]) }
            #expect(try await intake.store.summary(of: first)?.status == .cancelled)
        }
    }

    @Test func aPausedFileHoldsUpThoseBehindItAndNotThoseBeforeIt() async throws {
        try await withIntake { intake in
            var ids: [FeedID] = []
            for number in 0..<3 {
                ids.append(try await intake.receive(SampleFeed([SampleFeed.Row("\(number)")], number: number)))
            }
            try await intake.order(.pause, ids[1])
            try await running([Intake.worker(intake.store)]) {
                try await intake.expectProcessed([ids[0]])
                let queue = try #require(try await intake.store.queues().first)
                #expect(queue.waiting == 2)
                #expect(queue.current == ids[1])
                #expect(try await intake.store.claim(owner: UUID(), lease: .seconds(15)) == nil)
                try await intake.order(.resume(givingUp: nil), ids[1])
                try await intake.expectProcessed(ids)
            }
            let order = try await intake.pool.query("SELECT id FROM feed ORDER BY finished_at")
            #expect(try order.map { FeedID(try $0.decode("id", as: UUID.self)) } == ids)
        }
    }

    @Test func aPausedQueueStopsItsFileInProgressAndNoOther() async throws {
        try await withIntake { intake in
            let queue = FeedQueue.Name(supplier: "EMIS", vaccineType: "FLU")
            let feed = Self.feed(600, seed: 13)
            let id = try await intake.receive(feed)
            try await running([Intake.worker(intake.store, batchSize: 5)]) {
                try await eventually { try await intake.outcomes(id) > 10 }
                try await intake.store.pauseQueue(queue, by: "operator", reason: "a test")
                let applied = try await intake.outcomes(id)
                let other = try await intake.receive(SampleFeed([SampleFeed.Row("other", "delete")], type: "MMR"))
                try await intake.expectProcessed([other])
                #expect(try await intake.outcomes(id) == applied)
                let summary = try #require(try await intake.store.summary(of: id))
                #expect(summary.isQueuePaused)
                #expect(try await intake.store.queues().map(\.pause?.by) == ["operator"])
                try await intake.store.resumeQueue(queue, by: "operator")
                try await intake.expectProcessed([id])
            }
            #expect(try await intake.store.queues().isEmpty)
            try await intake.expectModel([feed], [id])
        }
    }

    /// A claim from before must not apply one more row, whoever holds the lease meanwhile.
    @Test func aBatchOfAClaimFromBeforeAPauseIsRefused() async throws {
        try await withIntake { intake in
            let id = try await intake.receive(SampleFeed((0..<4).map { SampleFeed.Row("id-\($0)") }))
            let claim = try #require(try await intake.store.claim(owner: UUID(), lease: .seconds(15)))
            try await intake.order(.pause, id)
            try await intake.order(.resume(givingUp: nil), id)
            let end = FeedPosition(byteOffset: 1000, rowNumber: 1, headerRead: true)
            let batch = RowBatch(
                writer: 0,
                after: claim.checkpoints[0],
                through: end,
                rows: [PendingRow(rowNumber: 1, end: end, check: .rejected([], nil))]
            )
            await #expect(throws: FeedLost.self) {
                try await intake.store.apply(batch, of: claim, by: Suppliers.builtIn(SampleFeed.emis))
            }
            #expect(try await intake.outcomes(id) == 0)
        }
    }

    /// The row is the writer's whose checkpoint says whether it is done, also when its outcome is another now.
    @Test(arguments: [21, 22, 23]) func permissionsThatChangeInMidFileLoseAndDoubleNoOutcome(
        _ seed: UInt64
    ) async throws {
        try await withIntake { intake in
            try await intake.store.seed(.builtIn)
            let feed = Self.feed(400, seed: seed)
            let id = try await intake.receive(feed)
            let permissions: [FeedPermissions] = [[.create], .all, [.update, .delete], .all]
            try await running([Intake.worker(intake.store, batchSize: 7)]) {
                for permission in permissions {
                    try await eventually { try await intake.hasStarted(id) }
                    try await intake.order(.pause, id)
                    guard try await intake.store.summary(of: id)?.status == .paused else { break }
                    let applied = try await intake.outcomes(id)
                    try await intake.change { try $0.permitting("EMIS", "FLU", permission) }
                    try await intake.order(.resume(givingUp: nil), id)
                    try await eventually { try await intake.outcomes(id) > applied }
                }
                try await intake.expectProcessed([id])
            }
            try await IntakeAudit.check(intake.pool)
            #expect(try await intake.outcomes(id) == feed.rows.count)
        }
    }

    @Test func theAuditRecordTellsAFilesLife() async throws {
        try await withIntake { intake in
            let id = try await intake.receive(SampleFeed([SampleFeed.Row("1")]))
            try await intake.store.carryOut(.pause, on: id, by: "anna", reason: "a holiday", onlyBeforeStart: false)
            try await intake.store.carryOut(.pause, on: id, by: "ben", reason: nil, onlyBeforeStart: false)
            try await intake.order(.resume(givingUp: nil), id)
            try await running([Intake.worker(intake.store)]) { try await intake.expectProcessed([id]) }
            let events = try await intake.store.events(of: id)
            #expect(events.map(\.kind) == [.received, .headerChecked, .paused, .resumed, .claimed, .finished])
            #expect(events[0].actor == "test-client")
            #expect(events[2].actor == "anna")
            #expect(events[2].detail == "a holiday")
            #expect(events.map(\.at) == events.map(\.at).sorted())
        }
    }

    @Test func whoOnlySentAFileMayWithdrawItBeforeItBegins() async throws {
        try await withIntake { intake in
            let id = try await intake.receive(SampleFeed([SampleFeed.Row("1")]))
            _ = try #require(try await intake.store.claim(owner: UUID(), lease: .seconds(15)))
            await #expect(throws: FeedCommandRefused.started) {
                try await intake.store.carryOut(.cancel, on: id, by: "site", reason: nil, onlyBeforeStart: true)
            }
        }
    }
}
