import HeraldTestKit
import Feeds
import Foundation
import Messages
import Testing
import Vaccination

/// N-10: Herald's own intake takes every file that it writes.
@Suite struct OutboundFeedTests {
    @Test(arguments: [
        "COVID_Vaccinations_v5_X26_20250201T10000000_D00000041-001.csv",
        "COVID_Vaccinations_v5_X26_20250201T11000000_D00000042-001.csv",
        "FLU_Vaccinations_v5_X26_20250201T12300000_F00000044-001.csv",
        "MMR_Vaccinations_v5_X26_20250201T10000000_D00000041-001.csv",
    ])
    func theNationalFeedsSamplesAreAccepted(name: String) throws {
        let parsed = try FeedFileName(parsing: name, vaccineTypes: .builtIn)
        let checker = RowChecker(vaccineType: parsed.vaccineType, permissions: .all, now: SampleIntake.now)
        let result = readFeed(try Fixture.bytes("outbound/\(name)"))
        #expect(result.error == nil)
        #expect(!result.records.isEmpty)
        for record in result.records {
            guard case .accepted = checker.check(record) else {
                Issue.record("row \(record.rowNumber) was rejected")
                continue
            }
        }
    }

    @Test func whatARunHoldsIsReadBackEqual() throws {
        var random = SplitMix(seed: 3)
        let pieces = ["\"", "|", "\r", "\n", "é", "a b", "\\", "\"\"", "", "x", "😀", "\t"]
        let rows = (0..<300).map { _ in
            var row = FlatRecord(
                fields: FeedColumn.allCases.map { _ in
                    (0..<Int.random(in: 0...4, using: &random)).map { _ in random.pick(pieces) }.joined()
                }
            )
            row[.actionFlag] = "UPDATE"
            return row
        }
        let folder = NSTemporaryDirectory() + "herald-outbound-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let started = Date(timeIntervalSince1970: 1_740_000_000)
        let run = FeedRun(
            odsCode: try #require(ODSCode("X26")),
            kind: .delta,
            sequence: 1,
            previousSequence: 0,
            started: started,
            generated: started,
            fromEvent: 1,
            toEvent: 300
        )
        let writer = FeedRunWriter(run, directory: folder)
        for row in rows {
            try writer.append(row, vaccineType: "FLU", recordID: RecordID(UUID()), action: .update)
        }
        let name = try #require(try writer.finish().files.first?.name)
        #expect(try FeedFileName(parsing: name, vaccineTypes: .builtIn).vaccineType.code == "FLU")
        let result = readFeed(Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))))
        #expect(result.error == nil)
        #expect(result.records.map(\.flat) == rows)
        #expect(result.records.allSatisfy { $0.fieldCount == 34 && $0.fault == nil })
    }
}
