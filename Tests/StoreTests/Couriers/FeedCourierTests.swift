import Deliveries
import Events
import Feeds
import Foundation
import HeraldTestKit
import Messages
import Postgres
import Store
import Subscriptions
import Synchronization
import Testing
import Vaccination

@Suite(.herald, .timeLimit(.minutes(1))) struct FeedCourierTests {
    @Test func aRunHoldsTheEventsSinceTheOneBefore() async throws {
        try await withFeed { feed in
            try await feed.apply(SampleFeed((0..<3).map { SampleFeed.Row("id-\($0)") }))
            try await feed.writeRuns(1)
            try await feed.apply(
                SampleFeed([SampleFeed.Row("id-0", "update"), SampleFeed.Row("id-1", "delete")], number: 1)
            )
            try await feed.writeRuns(2)

            let manifests = try feed.reader.manifests()
            #expect(manifests.map(\.sequence) == [1, 2])
            #expect(manifests.map(\.previousSequence) == [0, 1])
            #expect(manifests.map(\.fromEvent) == [1, 4])
            #expect(manifests.map(\.toEvent) == [3, 5])
            #expect(try feed.reader.verify(manifests).isEmpty)
            // Between records there is no order: two writers apply a file.
            let rows = try manifests.map {
                try Set(feed.rows(of: $0).map { "\($0.action) \($0.record.string(.uniqueID))" })
            }
            #expect(rows == [["new id-0", "new id-1", "new id-2"], ["update id-0", "delete id-1"]])
        }
    }

    /// TN-04.
    @Test func anHourWithoutEventsHasItsManifestAllTheSame() async throws {
        try await withFeed { feed in
            try await feed.writeRuns(3)
            let manifests = try feed.reader.manifests()
            #expect(manifests.map(\.sequence) == [1, 2, 3])
            #expect(manifests.allSatisfy { $0.fromEvent == 1 && $0.toEvent == 0 && $0.files.isEmpty })
            try await feed.apply(SampleFeed([SampleFeed.Row("id-0")]))
            try await feed.writeRuns(4)
            #expect(try feed.reader.manifests().last?.toEvent == 1)
        }
    }

    @Test func withoutEmptyRunsNothingIsWrittenUntilThereIsSomething() async throws {
        try await withFeed { feed in
            var settings = try feed.settings
            settings.writesEmptyRuns = false
            try await feed.apply(SampleFeed([SampleFeed.Row("id-0")]))
            try await running([feed.courier(feed.store, settings: settings)]) {
                try await eventually { try await feed.runs() == 1 }
                try await feed.endHour()
                try await feed.apply(SampleFeed([SampleFeed.Row("id-1")], number: 1))
                try await eventually {
                    try await feed.endHour()
                    return try await feed.runs() == 2
                }
            }
            #expect(try feed.reader.manifests().map(\.toEvent) == [1, 2])
        }
    }

    /// N-14.
    @Test func aRecordThatChangesItsTypeIsDeletedFromOneFileAndNewInTheOther() async throws {
        try await withFeed { feed in
            try await feed.apply(SampleFeed([SampleFeed.Row("id-0", "new", [.batchNumber: "OLD"])], type: "COVID"))
            try await feed.apply(SampleFeed([SampleFeed.Row("id-0", "update", [.batchNumber: "NEW"])], type: "FLU"))
            try await feed.writeRuns(1)
            let manifest = try #require(try feed.reader.manifests().first)
            let rows = try feed.rows(of: manifest).map {
                "\($0.vaccineType) \($0.action) \($0.record.string(.batchNumber))"
            }
            #expect(rows == ["COVID new OLD", "COVID delete OLD", "FLU new NEW"])
        }
    }

    @Test func aConsumerWhoseViewARecordLeavesGetsADeleteWithNothingNewInIt() async throws {
        try await withFeed(filter: SubscriptionFilter(performers: ["RVVKC"])) { feed in
            try await feed.apply(SampleFeed([SampleFeed.Row("id-0", "new", [.batchNumber: "OLD"])]))
            let moved = SampleFeed.Row("id-0", "update", [.batchNumber: "NEW", .siteCode: "RJ1"])
            try await feed.apply(SampleFeed([moved], number: 1))
            try await feed.writeRuns(1)
            let manifest = try #require(try feed.reader.manifests().first)
            let rows = try feed.rows(of: manifest).map { "\($0.action) \($0.record.string(.batchNumber))" }
            #expect(rows == ["new OLD", "delete OLD"])
        }
    }

    /// TN-06: between the files and the note that they are written, and again.
    @Test func aRunThatWasCutShortIsWrittenAgainByteForByte() async throws {
        try await withFeed { feed in
            try await feed.apply(SampleFeed((0..<50).map { SampleFeed.Row("id-\($0)") }))
            let attempts = Mutex<[[String: Data]]>([])
            let failing = LaneStoreProbe(feed.store) {
                let written = try feed.contents()
                return try attempts.withLock {
                    $0.append(written)
                    if $0.count < 3 { throw Broken() }
                }
            }
            try await running([feed.courier(failing, lease: .milliseconds(50))]) {
                try await eventually { try await feed.runs() >= 1 }
            }
            let contents = attempts.withLock(\.self)
            #expect(contents.count >= 3)
            #expect(contents[0] == contents[1])
            #expect(contents[1] == contents[2])
            #expect(contents[0].count == 2)
            #expect(try feed.reader.manifests().first?.totals.rows == 50)
            // What comes later is in the next run, though it was there when the run was written again.
            try await feed.apply(SampleFeed([SampleFeed.Row("later")], number: 1))
            try await feed.writeRuns(2)
            #expect(try feed.reader.manifests().map(\.sequence) == [1, 2])
            #expect(try feed.reader.verify(feed.reader.manifests()).isEmpty)
        }
    }

    @Test func aCourierThatLostTheLaneStopsWriting() async throws {
        try await withFeed { feed in
            try await feed.apply(SampleFeed((0..<1200).map { SampleFeed.Row("id-\($0)") }))
            let finishes = Flag()
            let slow = LaneStoreProbe(feed.store) {
                finishes.raise()
            } onRenew: {
                throw LaneLost()
            }
            let renewed = slow.renewals
            try await runningUntilCancelled(feed.courier(slow, lease: .microseconds(3))) {
                try await eventually { renewed.isRaised }
            }
            #expect(!finishes.isRaised)
            #expect(try feed.reader.manifests().isEmpty)
            try await feed.writeRuns(1)
            #expect(try feed.reader.manifests().first?.totals.rows == 1200)
        }
    }
}

private struct Broken: Error {}
