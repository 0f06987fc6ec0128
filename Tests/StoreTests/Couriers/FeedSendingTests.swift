import Crypto
import Deliveries
import Feeds
import Foundation
import HeraldTestKit
import Messages
import Postgres
import Store
import Synchronization
import Subscriptions
import Testing
import Vaccination

/// Runs on their way to a mailbox (`nis-feed.md` §5).
@Suite(.herald, .timeLimit(.minutes(1))) struct FeedSendingTests {
    @Test("§5: data files first, the manifest last, each with its own id and in the order of runs")
    func runsAreSentFileByFile() async throws {
        try await withFeed(mailbox: "NIS00001") { feed in
            let carrier = ScriptedCarrier()
            try await feed.apply(SampleFeed([SampleFeed.Row("a")], type: "FLU"))
            try await feed.apply(SampleFeed([SampleFeed.Row("b")], type: "COVID"))
            try await feed.writeRuns(2, carrier: carrier)
            try await feed.sendAll(carrier)
            #expect(
                carrier.deliveries.map(\.localID) == [
                    "X26_D00000001-COVID-001", "X26_D00000001-FLU-001", "X26_D00000001-MANIFEST",
                    "X26_D00000002-MANIFEST",
                ]
            )
            #expect(carrier.deliveries.allSatisfy { $0.mailbox == "NIS00001" })
            try expectWhole(carrier.deliveries, runs: 2)
        }
    }

    @Test("TN-06, N-20, M-10, M-11: killed at every step, every event is in exactly one run, and no file goes twice")
    func killedAtEveryStep() async throws {
        try await withFeed(mailbox: "NIS00001") { feed in
            let carrier = ScriptedCarrier()
            let killed = Mutex<Set<FeedStep>>([])
            let probe = LaneStoreProbe(feed.store, onFinish: {}, onRenew: {}) { step in
                // Each step is the end of a courier once.
                try killed.withLock { if $0.insert(step).inserted { throw Killed() } }
            }
            try await running([feed.courier(probe, carrier: carrier, lease: .milliseconds(30))]) {
                for run in 1...2 {
                    try await feed.apply(SampleFeed([SampleFeed.Row("a\(run)")], type: "FLU", number: run))
                    try await feed.apply(SampleFeed([SampleFeed.Row("b\(run)")], type: "COVID", number: run))
                    try await eventually {
                        // However many runs that makes.
                        try await feed.pool.query("UPDATE feed_state SET next_run_at = '-infinity'")
                        try await feed.pool.query("UPDATE lane SET next_attempt_at = now()")
                        try await Task.sleep(for: .milliseconds(20))
                        let done = "SELECT count(*) FROM lane WHERE delivered_through = $1"
                        return try await feed.pool.count(done, [.int8(Int64(2 * run))]) == 1
                    }
                }
                try await feed.pool.query("UPDATE feed_state SET next_run_at = 'infinity'")
                let open = """
                    SELECT (SELECT count(*) FROM feed_message WHERE state = 'waiting')
                        + (SELECT count(*) FROM feed_run WHERE sent_at IS NULL)
                    """
                try await eventually { try await feed.pool.count(open) == 0 }
            }
            let places = Set(killed.withLock { $0.map(\.place) })
            #expect(places == [.frozen, .writing, .written, .finished, .attempting, .attempted, .carried, .accepted])
            #expect(!carrier.asked.isEmpty)
            let runs = try await feed.runs()
            try expectWhole(carrier.deliveries, runs: runs)
            let rows = carrier.deliveries.filter { $0.name.hasSuffix(".csv") }.map {
                String(decoding: $0.content, as: UTF8.self).components(separatedBy: "\r\n").count - 2
            }
            #expect(rows.reduce(0, +) == 4)
        }
    }

    @Test("M-11: a file whose sending was not answered is asked for, not posted again")
    func unknownOutcome() async throws {
        try await withFeed(mailbox: "NIS00001") { feed in
            let carrier = ScriptedCarrier { $0.attempts == 0 ? .unanswered : nil }
            try await feed.apply(SampleFeed([SampleFeed.Row("a")]))
            try await running([feed.courier(feed.store, carrier: carrier)]) {
                try await eventually { try await feed.sentRuns() == 1 }
            }
            #expect(carrier.asked == ["X26_D00000001-FLU-001", "X26_D00000001-MANIFEST"])
            try expectWhole(carrier.deliveries, runs: 1)
        }
    }

    @Test("N-21: runs of an outage are made and kept apart, and sent in turn")
    func runsOfAnOutageAreSentInTurn() async throws {
        try await withFeed(mailbox: "NIS00001") { feed in
            let carrier = ScriptedCarrier { _ in .lost }
            for run in 1...3 {
                try await feed.apply(SampleFeed([SampleFeed.Row("id-\(run)")], number: run))
                try await feed.writeRuns(run, carrier: carrier)
            }
            #expect(carrier.deliveries.isEmpty)
            let back = ScriptedCarrier()
            try await feed.sendAll(back)
            #expect(
                back.deliveries.map(\.localID)
                    == (1...3).flatMap {
                        ["X26_D0000000\($0)-FLU-001", "X26_D0000000\($0)-MANIFEST"]
                    }
            )
            try expectWhole(back.deliveries, runs: 3)
        }
    }

    @Test("N-22, TN-07: of two couriers one works, and one that lost the lane writes nothing down any more")
    func twoCouriers() async throws {
        try await withFeed(mailbox: "NIS00001") { feed in
            let carrier = ScriptedCarrier()
            try await feed.apply(SampleFeed((0..<20).map { SampleFeed.Row("id-\($0)") }))
            try await running([feed.courier(feed.store, carrier: carrier), feed.courier(feed.store, carrier: carrier)])
            {
                try await eventually { try await feed.sentRuns() == 1 }
            }
            try expectWhole(carrier.deliveries, runs: 1)

            try await feed.endHour()
            let old = try #require(try await claim(feed, lease: .milliseconds(1)))
            let run = try #require(try await feed.store.freezeRun(old, at: Date(), feed.settings, noted: 0))
            try await eventually { try await claim(feed, lease: .seconds(60)) != nil }
            await #expect(throws: LaneLost.self) {
                try await feed.store.finishRun(old, run, WrittenRun(files: []), next: .after(.zero))
            }
        }
    }

    @Test("a file that MESH refuses for good stops the feed, and runs go on to be made")
    func refusal() async throws {
        try await withFeed(mailbox: "NIS00001") { feed in
            let carrier = ScriptedCarrier { _ in .refused }
            try await feed.apply(SampleFeed([SampleFeed.Row("a")]))
            try await feed.writeRuns(2, carrier: carrier)
            #expect(try await feed.pool.count("SELECT count(*) FROM feed_state WHERE stop = 'defect'") == 1)
            #expect(try await feed.sentRuns() == 0)
        }
    }

    @Test("N-20: files that are gone are made again, byte for byte, or the feed stops")
    func filesThatAreGone() async throws {
        try await withFeed(mailbox: "NIS00001") { feed in
            try await feed.apply(SampleFeed([SampleFeed.Row("a")]))
            try await feed.writeRuns(1, carrier: ScriptedCarrier { _ in .lost })
            for name in try FileManager.default.contentsOfDirectory(atPath: feed.folder) {
                try FileManager.default.removeItem(atPath: "\(feed.folder)/\(name)")
            }
            let carrier = ScriptedCarrier()
            try await feed.sendAll(carrier)
            try expectWhole(carrier.deliveries, runs: 1)
        }
    }

    @Test("§8: files of runs are deleted after 30 days, the latest run's stay")
    func retention() async throws {
        try await withFeed { feed in
            try await feed.apply(SampleFeed([SampleFeed.Row("a")]))
            try await feed.writeRuns(2)
            try await feed.sendAll()
            try await feed.pool.query("UPDATE feed_run SET written_at = now() - interval '31 days'")
            try await feed.writeRuns(3)
            try await feed.pool.query("UPDATE lane SET next_attempt_at = now(), lease_until = NULL")
            try await running([feed.courier(feed.store)]) { try await eventually { try feed.contents().count == 1 } }
            #expect(try feed.reader.manifests().map(\.sequence) == [3])
        }
    }

    private func claim(_ feed: NationalFeed, lease: Duration) async throws -> LaneClaim? {
        try await feed.store.claimLanes(channel: .feed, includingIdle: true, limit: 1, owner: UUID(), lease: lease)
            .first
    }
}

/// Expects an unbroken series of whole runs: each file once, as its manifest says, and before it.
func expectWhole(_ deliveries: [ScriptedCarrier.Delivery], runs: Int) throws {
    #expect(Set(deliveries.map(\.localID)).count == deliveries.count)
    var files: [String: Data] = [:]
    var manifests: [FeedManifest] = []
    for delivery in deliveries {
        guard delivery.name.hasPrefix("MANIFEST_") else {
            files[delivery.name] = delivery.content
            continue
        }
        let manifest = try FeedManifest(parsing: Array(delivery.content), file: delivery.name)
        for file in manifest.files {
            let content = try #require(files[file.name])
            let hash = SHA256.hash(data: content).map { String(Int($0) + 256, radix: 16).suffix(2) }.joined()
            #expect(hash == file.sha256 && content.count == file.bytes)
        }
        manifests.append(manifest)
    }
    #expect(manifests.map(\.sequence) == (1...Int64(runs)).map(\.self))
    #expect(manifests.map(\.previousSequence) == (0..<Int64(runs)).map(\.self))
    for (earlier, later) in zip(manifests, manifests.dropFirst()) { #expect(later.fromEvent == earlier.toEvent + 1) }
}

extension NationalFeed {
    /// How many runs were accepted whole.
    func sentRuns() async throws -> Int {
        try await pool.count("SELECT count(*) FROM feed_run WHERE sent_at IS NOT NULL")
    }
}

private struct Killed: Error {}
