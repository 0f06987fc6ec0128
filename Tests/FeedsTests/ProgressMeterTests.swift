import Feeds
import Foundation
import Testing

@Suite struct ProgressMeterTests {
    private func feed(rows: Int64, applied: Int64, status: FeedStatus = .processing) -> FeedSummary {
        var counts = RowCounts()
        counts.created = rows
        return FeedSummary(
            id: FeedID(UUID()),
            name: "FLU.csv",
            vaccineType: nil,
            supplier: nil,
            client: "site",
            status: status,
            receivedAt: Date(timeIntervalSince1970: 90),
            startedAt: Date(timeIntervalSince1970: 100),
            finishedAt: status.isFinal ? Date(timeIntervalSince1970: 120) : nil,
            bytes: 1000,
            appliedBytes: applied,
            counts: counts
        )
    }

    @Test func theFirstLookGoesByTheAverageSinceTheBeginning() {
        var meter = ProgressMeter()
        let progress = meter.progress(feed(rows: 50, applied: 500), now: Date(timeIntervalSince1970: 110))
        #expect(progress.rowsPerSecond == 5)
        #expect(progress.percent == 50)
        #expect(progress.secondsLeft == 10)
    }

    @Test func laterLooksGoByTheLastTenSeconds() {
        var meter = ProgressMeter()
        for second in 0...30 {
            // Ten times as fast from the fifteenth second on.
            let rows = Int64(second <= 15 ? second : 15 + (second - 15) * 10)
            let progress = meter.progress(
                feed(rows: rows, applied: rows * 5),
                now: Date(timeIntervalSince1970: 100 + Double(second))
            )
            if second == 15 { #expect(progress.rowsPerSecond == 1) }
            if second == 30 {
                #expect(progress.rowsPerSecond == 10)
                #expect(progress.secondsLeft == 3.5)
            }
        }
    }

    @Test func nobodyCanTellTheTimeLeftOfWhatStandsStill() {
        var meter = ProgressMeter()
        #expect(meter.progress(feed(rows: 0, applied: 0), now: Date(timeIntervalSince1970: 105)).secondsLeft == nil)
    }

    @Test func aFeedThatIsOverIsWholeAndHasItsAverage() {
        var meter = ProgressMeter()
        let progress = meter.progress(
            feed(rows: 60, applied: 400, status: .processed),
            now: Date(timeIntervalSince1970: 500)
        )
        #expect(progress.percent == 100)
        #expect(progress.secondsLeft == 0)
        #expect(progress.rowsPerSecond == 3)
    }
}
