import Deliveries
import Events
import Feeds
import Foundation
import HeraldTestKit
import Messages
import Postgres
import Store
import Subscriptions
import Testing
import Vaccination

/// Full extracts, re-sends and what an operator decides (`nis-feed.md` §4, §7).
@Suite(.herald, .timeLimit(.minutes(1))) struct FeedExtractTests {
    @Test("TN-11, N-32: a full extract and the deltas behind it are the store, whatever happens meanwhile")
    func fullWhileChangesGoOn() async throws {
        try await withFeed { feed in
            try await feed.apply(SampleFeed((0..<6).map { SampleFeed.Row("id-\($0)") }, number: 1))
            try await feed.writeRuns(1)
            let later: [SampleFeed.Row] = [
                SampleFeed.Row("id-0", "update", [.batchNumber: "B2"]), SampleFeed.Row("id-1", "delete"),
                SampleFeed.Row("id-7"),
            ]
            try await feed.apply(SampleFeed(later, number: 2))
            // On file, and without a number yet: in a later delta, not in the extract.
            _ = try await feed.intake.apply(
                SampleFeed([SampleFeed.Row("id-2", "update", [.batchNumber: "B3"]), SampleFeed.Row("id-8")], number: 3)
            )
            try await feed.operators("herald nis full").requestFullExtract(by: "op", reason: "a test")
            try await running([feed.courier(feed.store)]) { try await eventually { try await feed.runs() == 2 } }
            try await feed.store.routeAll()
            try await feed.writeRuns(3)

            let manifests = try feed.reader.manifests()
            #expect(manifests.map(\.kind) == [.delta, .full, .delta])
            #expect(manifests.map(\.sequence) == [1, 2, 3] && manifests.map(\.previousSequence) == [0, 1, 2])
            #expect(manifests[1].fromEvent == 0 && manifests[1].toEvent == 9 && manifests[2].fromEvent == 10)
            #expect(try feed.reader.verify(manifests).isEmpty)
            let full = try feed.rows(of: manifests[1])
            #expect(full.allSatisfy { $0.action == .new })
            // id-8 is not numbered yet, but was there: twice is no harm (N-12).
            var base = Dictionary(uniqueKeysWithValues: full.map { ($0.record.string(.uniqueID), $0.record) })
            #expect(
                base["id-1"] == nil && base["id-0"]?.string(.batchNumber) == "B2"
                    && base["id-2"]?.string(.batchNumber) != "B3"
            )
            for row in try feed.rows(of: manifests[2]) {
                base[row.record.string(.uniqueID)] = row.action == .delete ? nil : row.record
            }
            #expect(base.keys.sorted() == ["id-0", "id-2", "id-3", "id-4", "id-5", "id-7", "id-8"])
            #expect(base["id-2"]?.string(.batchNumber) == "B3")
        }
    }

    @Test("§4: at onboarding an extract has the records that are older than the feed, in the order of their ids")
    func onboarding() async throws {
        try await withIntake { intake in
            _ = try await intake.apply(SampleFeed((0..<700).map { SampleFeed.Row("id-\($0)") }, number: 1))
            _ = try await intake.apply(SampleFeed([SampleFeed.Row("covid")], type: "COVID", number: 2))
            _ = try await intake.apply(SampleFeed([SampleFeed.Row("id-3", "delete")], number: 3))
            try await intake.store.routeAll()
            let folder = ScratchFolder.make()
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try await intake.store.ensureFeedSubscription(endpoint: folder, types: ["FLU"], now: Date())
            let feed = NationalFeed(intake: intake, folder: folder)
            try await feed.operators("herald nis full").requestFullExtract(by: "op", reason: "onboarding")
            try await running([feed.courier(feed.store)]) { try await eventually { try await feed.runs() >= 1 } }
            let manifest = try #require(try feed.reader.manifests().first)
            #expect(
                manifest.kind == .full && manifest.totals.rows == 699 && manifest.files.map(\.vaccineType) == ["FLU"]
            )
            let ids = try feed.rows(of: manifest).map {
                SampleFeed.recordID($0.record.string(.uniqueID)).uuid.uuidString
            }
            #expect(ids == ids.sorted())
        }
    }

    @Test("N-30, N-31: runs are sent again in their order, with the same bytes and names, under ids of their own")
    func resends() async throws {
        try await withFeed(mailbox: "NIS00001") { feed in
            let carrier = ScriptedCarrier()
            for run in 1...3 {
                try await feed.apply(SampleFeed([SampleFeed.Row("id-\(run)")], number: run))
                try await feed.writeRuns(run, carrier: carrier)
            }
            try await running([feed.courier(feed.store, carrier: carrier)]) {
                try await eventually { try await feed.sentRuns() == 3 }
                let runs = try await feed.operators("herald nis resend").resendRuns(
                    from: 2,
                    through: nil,
                    reason: "lost"
                )
                #expect(runs == [2, 3])
                try await eventually { carrier.deliveries.count == 10 }
            }
            let again = carrier.deliveries.suffix(4)
            #expect(
                again.map(\.localID) == [
                    "X26_D00000002-FLU-001.r1", "X26_D00000002-MANIFEST.r1", "X26_D00000003-FLU-001.r1",
                    "X26_D00000003-MANIFEST.r1",
                ]
            )
            #expect(again.map(\.name) == carrier.deliveries[2..<6].map(\.name))
            #expect(again.map(\.content) == carrier.deliveries[2..<6].map(\.content))
            let one = try await feed.operators("herald nis resend").resendRuns(from: 1, through: 1, reason: "lost")
            #expect(one == [1])
            await #expect(throws: FeedOrderError.noRun(9)) {
                try await feed.operators("x").resendRuns(from: 9, through: nil, reason: "lost")
            }
            try await feed.pool.query("UPDATE feed_run SET removed_at = now() WHERE sequence = 2")
            await #expect(throws: FeedOrderError.deleted(2)) {
                try await feed.operators("x").resendRuns(from: 2, through: nil, reason: "old")
            }
        }
    }

    @Test("N-35: every order is in the audit trail with its reason and who gave it")
    func ordersAreAudited() async throws {
        try await withFeed { feed in
            try await feed.writeRuns(1)
            try await feed.sendAll()
            let store = feed.operators("herald nis")
            try await store.requestFullExtract(by: "Ann", reason: "onboarding in May")
            try await store.resendRuns(from: 1, through: 1, reason: "a lost run")
            try await store.stopFeed(by: "Ann", reason: "their holiday")
            try await store.resumeFeed(reason: "back again")
            for reason in ["onboarding in May", "a lost run", "their holiday", "back again"] {
                let found = try await feed.pool.count(
                    "SELECT count(*) FROM audit_record WHERE client = 'Ann' AND details LIKE '%' || $1 || '%'",
                    [.text(reason)]
                )
                #expect(found == 1, "\(reason)")
            }
        }
    }

    @Test("N-34: after a restore run numbers do not go back: the feed stops, and a full extract skips ahead")
    func restoredDatabase() async throws {
        try await withFeed { feed in
            try await feed.apply(SampleFeed([SampleFeed.Row("a")], number: 1))
            try await feed.writeRuns(3)
            // The database as it was after run 1.
            try await feed.pool.query("DELETE FROM feed_message WHERE sequence > 1")
            try await feed.pool.query("DELETE FROM feed_file WHERE sequence > 1")
            try await feed.pool.query("DELETE FROM feed_run WHERE sequence > 1")
            try await feed.endHour()
            try await running([feed.courier(feed.store)]) {
                try await eventually { try await feed.store.feedOverview(limit: 9)?.stop == "restored" }
            }
            #expect(try await feed.runs() == 1)
            await #expect(throws: FeedOrderError.restored) {
                try await feed.operators("herald nis resume").resumeFeed(reason: "never mind")
            }
            try await feed.operators("herald nis full").requestFullExtract(by: "op", reason: "restored from a backup")
            try await running([feed.courier(feed.store)]) { try await eventually { try await feed.runs() == 2 } }
            let full = try #require(try feed.reader.manifests().first { $0.kind == .full })
            #expect(full.sequence == 4 && full.previousSequence == 3 && full.totals.rows == 1)
        }
    }
}

extension NationalFeed {
    /// The store as a command has it.
    func operators(_ command: String) -> PostgresStore {
        PostgresStore(pool: pool, command: OperatorCommand(command, by: "Ann"))
    }
}
