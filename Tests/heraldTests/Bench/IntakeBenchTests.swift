import Foundation
import HeraldTestKit
import Postgres
import Store
import Testing

@testable import herald

@Suite(.herald, .timeLimit(.minutes(2))) struct IntakeBenchTests {
    private static let bench = IntakeBench(
        rows: 3_000,
        invalidPercent: 2,
        writers: 2,
        batchSize: 400,
        logger: .silent
    )

    @Test func theIntakeIsMeasuredRowByRow() async throws {
        try await ScratchDatabase.withStore(named: "bench") { store, _ in
            let measured = try await Self.bench.measure(store)
            #expect(measured.accepted == 2_940)
            #expect(measured.rejected == 60)
            #expect(measured.applySeconds > 0)
            #expect(measured.walBytes > 3_000 * 1_000)
            #expect(measured.acknowledgementSeconds >= 0)
        }
    }

    @Test func theLimitWritesTheSameRows() async throws {
        try await ScratchDatabase.withStore(named: "bench") { store, pool in
            let limit = try await IntakeLimit(bench: Self.bench).measure(store)
            #expect(limit.rows == 3_000)
            #expect(limit.seconds > 0)
            for (table, rows) in [("immunization", 2_940), ("immunization_version", 2_940), ("outbox", 2_940)] {
                #expect(try await pool.count("SELECT count(*) FROM \(table)") == rows)
            }
        }
    }

    @Test func theWrongRowsOfTheStreamAreAsManyAsAsked() {
        let stream = SampleFeedStream(rows: 1_001, seed: 1, now: Date(), invalidPercent: 7)
        #expect((0..<1_001).count(where: stream.isInvalid) == stream.invalidRows)
        #expect(stream.invalidRows == 70)
        #expect(SampleFeedStream(rows: 10, seed: 1, now: Date(), invalidPercent: 100).isInvalid(0))
    }
}
