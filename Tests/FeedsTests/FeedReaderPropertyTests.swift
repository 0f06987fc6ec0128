import HeraldTestKit
import Feeds
import Testing
import Vaccination

@Suite struct FeedReaderPropertyTests {
    private static let head = Array((SampleRow.header + "\r\n").utf8)

    private static let pieces: [[UInt8]] = [
        "\"", "\"\"", "|", "|", "\r", "\n", "\r\n", "\n\n", "a", "bcd", " ", "é", "\\", "\"x\"", "\"y|z\n\"", "\0",
    ].map { Array($0.utf8) }

    private static func randomBody(_ random: inout SplitMix) -> [UInt8] {
        var body: [UInt8] = []
        for _ in 0..<Int.random(in: 0...60, using: &random) { body += random.pick(pieces) }
        return body
    }

    private static func randomRows(_ random: inout SplitMix) -> [UInt8] {
        var body: [UInt8] = []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let fields = (0..<Int.random(in: 30...37, using: &random)).map { _ in
                let content = (0..<Int.random(in: 0...3, using: &random))
                    .map { _ in random.pick(["a", "é", " ", "\"\"", "|", "\n", "\r\n"]) }.joined()
                return content.contains(where: { "\"|\n\r\r\n".contains($0) }) || Bool.random(using: &random)
                    ? "\"\(content)\"" : content
            }
            body += fields.joined(separator: "|").utf8
            body += random.pick(["\n", "\r\n", "\r", "\n\r\n"]).utf8
        }
        return body
    }

    private static func normalised(_ record: FeedRecord) -> [[UInt8]] {
        FeedColumn.allCases.map { column in Array(record.flat.bytes[record.flat.range(column)]) }
    }

    @Test(arguments: UInt64(0)..<400)
    func agreesWithTheSimpleParserInEveryChunking(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let body = seed % 2 == 0 ? Self.randomBody(&random) : Self.randomRows(&random)
        let simple = SimpleParser(body)
        let whole = readFeed(Self.head + body)

        #expect(whole.records.count == simple.rows.count)
        for (record, row) in zip(whole.records, simple.rows) {
            let expected = Array((row + Array(repeating: [], count: 34)).prefix(34))
            #expect(Self.normalised(record) == expected)
        }
        #expect((whole.error != nil) == simple.endsInsideQuotes)

        #expect(readFeed(Self.head + body, nextSize: { 1 }) == whole)
        for _ in 0..<3 {
            #expect(readFeed(Self.head + body, nextSize: { Int.random(in: 1...40, using: &random) }) == whole)
        }
    }

    @Test(arguments: UInt64(0)..<60)
    func aReaderStartedBehindAnyRecordGivesTheRest(seed: UInt64) {
        var random = SplitMix(seed: 1_000 + seed)
        let file = Self.head + (seed % 2 == 0 ? Self.randomBody(&random) : Self.randomRows(&random))
        let whole = readFeed(file)
        for (index, record) in whole.records.enumerated() where record.fault != .openQuote {
            let rest = readFeed(file, from: record.endPosition, nextSize: { Int.random(in: 1...40, using: &random) })
            #expect(rest.records == Array(whole.records[(index + 1)...]))
            #expect(rest.error == whole.error)
            #expect(rest.position == whole.position)
        }
    }

    @Test(arguments: UInt64(0)..<200)
    func limitsEndTheFileAtTheSamePlaceInEveryChunking(seed: UInt64) {
        var random = SplitMix(seed: 2_000 + seed)
        var limits = FeedLimits()
        limits.fieldBytes = 40
        limits.rowBytes = 720
        limits.rows = 6
        limits.fileBytes = Int64(Self.head.count + 1_500)
        var file = Self.head
        for _ in 0..<Int.random(in: 1...12, using: &random) {
            let filler = [UInt8](repeating: UInt8(ascii: "x"), count: Int.random(in: 0...41, using: &random))
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                file += filler + [random.pick(Self.pieces), Array("|".utf8)].joined()
            }
            file.append(0x0A)
        }
        let whole = readFeed(file, limits: limits)
        for _ in 0..<4 {
            let cut = readFeed(file, limits: limits, nextSize: { Int.random(in: 1...50, using: &random) })
            #expect(cut == whole)
        }
        #expect(readFeed(file, limits: limits, nextSize: { 1 }) == whole)
    }

    @Test(arguments: [
        "COVID_Vaccinations_v5_YGJ_20250201T10000000.csv", "FLU_Vaccinations_v5_YGM41_20250118T08000000.csv",
    ])
    func samplesAreReadTheSameByteForByteAndFromEveryRow(name: String) throws {
        let file = try Fixture.bytes("csv/\(name)")
        let whole = readFeed(file)
        #expect(readFeed(file, nextSize: { 1 }) == whole)
        #expect(whole.position.byteOffset == Int64(file.count))
        for (index, record) in whole.records.enumerated() {
            #expect(readFeed(file, from: record.endPosition).records == Array(whole.records[(index + 1)...]))
        }
    }
}
