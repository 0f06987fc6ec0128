import Feeds
import Testing
import Vaccination

@Suite struct FeedWriterTests {
    @Test(arguments: [
        "COVID_Vaccinations_v5_X26_20250201T10000000_D00000041-001.csv",
        "COVID_Vaccinations_v5_X26_20250201T11000000_D00000042-001.csv",
        "FLU_Vaccinations_v5_X26_20250201T12300000_F00000044-001.csv",
        "MMR_Vaccinations_v5_X26_20250201T10000000_D00000041-001.csv",
    ])
    func theNationalFeedsSamplesAreAcceptedAndWrittenAgainByteForByte(name: String) throws {
        let file = try Fixture.bytes("outbound/\(name)")
        let parsed = try FeedFileName(parsing: name, vaccineTypes: .builtIn)
        let checker = RowChecker(vaccineType: parsed.vaccineType, permissions: .all, now: SampleIntake.now)
        let result = readFeed(file)
        #expect(result.error == nil)
        #expect(!result.records.isEmpty)
        var writer = FeedWriter()
        for record in result.records {
            guard case .accepted = checker.check(record) else {
                Issue.record("row \(record.rowNumber) was rejected")
                continue
            }
            writer.append(record.flat)
        }
        #expect(writer.rowCount == result.records.count)
        #expect(writer.byteCount == file.count)
        #expect(writer.takeBytes() == file)
        #expect(writer.takeBytes().isEmpty)
    }

    @Test func whatIsWrittenIsReadBackEqual() {
        var random = SplitMix(seed: 3)
        let pieces = ["\"", "|", "\r", "\n", "é", "a b", "\\", "\"\"", "", "x", "😀", "\t"]
        var writer = FeedWriter()
        var rows: [FlatRecord] = []
        for _ in 0..<300 {
            let row = FlatRecord(
                fields: FeedColumn.allCases.map { _ in
                    (0..<Int.random(in: 0...4, using: &random)).map { _ in random.pick(pieces) }
                        .joined()
                }
            )
            rows.append(row)
            writer.append(row)
        }
        let bytes = writer.takeBytes()
        #expect(writer.byteCount == bytes.count)
        let result = readFeed(bytes)
        #expect(result.error == nil)
        #expect(result.records.map(\.flat) == rows)
        #expect(result.records.allSatisfy { $0.fieldCount == 34 && $0.fault == nil })
    }

    @Test func aFileWithoutRowsIsTheHeader() {
        var writer = FeedWriter()
        let header = FeedColumn.allCases.map { "\"\($0.header)\"" }.joined(separator: "|") + "\r\n"
        #expect(writer.takeBytes() == Array(header.utf8))
    }
}
