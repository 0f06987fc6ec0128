import FHIR
import Feeds
import Foundation
import HeraldTestKit
import Postgres
import Store
import Testing
import Vaccination

/// Herald's own report: what became of every row.
@Suite(.herald, .timeLimit(.minutes(2))) struct RowReportTests {
    @Test func theSampleFilesAreReportedAsTheirManifestSays() async throws {
        let samples = try SampleFiles()
        try await withIntake { intake in
            for file in samples.files where file.rows > 0 {
                try await intake.pool.query("TRUNCATE immunization, immunization_version, outbox")
                let feed = try await intake.apply(file.file, samples.bytes(file.file), batchSize: 3)
                let rows = try await report(feed.id, intake)
                let expected = file.rowOutcomes.sorted { $0.row < $1.row }
                #expect(rows.map(\.rowNumber) == expected.map(\.row), "\(file.file)")
                #expect(rows.map(\.outcome.rawValue) == expected.map { $0.effect ?? $0.outcome }, "\(file.file)")
                #expect(rows.map { $0.version.map(Int64.init) } == expected.map(\.version), "\(file.file)")
                #expect(rows.map(\.localID) == expected.map(\.localId), "\(file.file)")
                for row in rows where row.outcome != .rejected {
                    let identifier = RecordIdentifier(system: row.uniqueIDURI ?? "", value: row.uniqueID ?? "")
                    #expect(row.recordID == RecordID(identifier))
                }
                #expect(rows.allSatisfy { ($0.outcome == .rejected) == $0.findings.contains { $0.severity == .error } })
            }
        }
    }

    /// Rows of both writers, in batches that end at different places.
    @Test func everyRowStandsOnceAndInOrder() async throws {
        try await withIntake { intake in
            var random = SplitMix(seed: 7)
            let rows = (0..<900).map { _ in
                let action = ["new", "update", "delete", "nonsense"].randomElement(using: &random) ?? "new"
                return SampleFeed.Row("id-\(Int.random(in: 0..<40, using: &random))", action)
            }
            let feed = try await intake.apply(SampleFeed(rows), batchSize: 7)
            let reported = try await report(feed.id, intake)
            #expect(reported.map(\.rowNumber) == Array(1...900))
            #expect(reported.map(\.uniqueID) == rows.map(\.id))
            for outcome in RowOutcome.allCases {
                let some = try await report(feed.id, intake, outcomes: [outcome])
                #expect(some == reported.filter { $0.outcome == outcome })
            }
            #expect(reported.count { $0.outcome == .reinstated } == feed.counts.reinstated)
            #expect(try await report(feed.id, intake, after: 450) == Array(reported.dropFirst(450)))
            let page = try await report(feed.id, intake, outcomes: [.created, .rejected], after: 3, limit: 11)
            #expect(
                page == Array(reported.dropFirst(3).filter { [.created, .rejected].contains($0.outcome) }.prefix(11))
            )
        }
    }

    @Test func whatIsAppliedSoFarIsReportedWithoutGaps() async throws {
        try await withIntake { intake in
            let id = try await intake.receive(SampleFeed((0..<80).map { SampleFeed.Row("id-\($0)") }))
            #expect(try await report(id, intake).isEmpty)
            let seen = try await running([Intake.worker(intake.store, batchSize: 5)]) {
                var seen: [Int] = []
                while try await intake.store.summary(of: id)?.status.isFinal == false {
                    let rows = try await report(id, intake)
                    #expect(rows.map(\.rowNumber) == rows.indices.map { Int64($0 + 1) })
                    seen.append(rows.count)
                    try await Task.sleep(for: .milliseconds(20))
                }
                return seen
            }
            #expect(seen == seen.sorted())
            #expect(try await report(id, intake).count == 80)
        }
    }

    /// csv-feed.md §3 and §5.5: accepted, and flagged in the report.
    @Test func warningsOfAcceptedRowsAreKeptCountedAndShown() async throws {
        try await withIntake { intake in
            let rows = [
                SampleFeed.Row("id-1"), SampleFeed.Row("id-2", "new", [.doseAmount: "-0.12345"]),
                SampleFeed.Row("id-2", "new", [.doseAmount: "-1"]),
            ]
            let feed = try await intake.apply(SampleFeed(rows))
            #expect(feed.counts.created == 2)
            #expect(feed.counts.warned == 1)
            let reported = try await report(feed.id, intake)
            #expect(reported.map(\.outcome) == [.created, .created, .rejected])
            #expect(Set(reported[1].findings.map(\.code)) == ["MANY_DECIMALS", "NEGATIVE_AMOUNT"])
            #expect(reported[1].findings.allSatisfy { $0.severity == .warning && !$0.advice.isEmpty })
            #expect(reported[2].findings.map(\.code) == ["DUPLICATE", "NEGATIVE_AMOUNT"])
            #expect(try await intake.store.rejectedRows(of: feed.id, after: 0, limit: 9).map(\.rowNumber) == [3])
        }
    }

    @Test func moreFindingsThanAPageHoldsAreAllShown() async throws {
        try await withIntake { intake in
            let rows = (0..<11_000).map { SampleFeed.Row("id-\($0 / 2)", $0 % 2 == 0 ? "new" : "nonsense") }
            let feed = try await intake.apply(SampleFeed(rows))
            #expect(try await report(feed.id, intake).map(\.rowNumber) == Array(1...11_000))
        }
    }

    private func report(
        _ id: FeedID,
        _ intake: Intake,
        outcomes: Set<RowOutcome> = Set(RowOutcome.allCases),
        after: Int64 = 0,
        limit: Int = .max
    ) async throws -> [RowReport] {
        var rows: [RowReport] = []
        for try await page in RowReports(of: id, in: intake.store, outcomes: outcomes, after: after, limit: limit) {
            rows += page
        }
        return rows
    }
}

extension RowReport {
    fileprivate var localID: String { "\(uniqueID ?? "")^\(uniqueIDURI ?? "")" }
}
