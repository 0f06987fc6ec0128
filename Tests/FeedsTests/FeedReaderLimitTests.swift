import Feeds
import Testing
import Vaccination

@Suite struct FeedReaderLimitTests {
    private let head = SampleRow.header + "\n"

    @Test func aFieldMayBeAsLongAsTheLimitAndNotLonger() {
        let limit = FeedLimits().fieldBytes
        for quote in ["", "\""] {
            let longest = head + quote + String(repeating: "x", count: limit) + quote + "|y\nz\n"
            #expect(readFeed(longest).error == nil)
            let tooLong = head + "a\nb|" + quote + String(repeating: "x", count: limit + 1) + quote + "|y\nz\n"
            let result = readFeed(tooLong)
            #expect(result.error == .fieldTooLong(row: 2, limit: limit))
            #expect(result.records.map(\.fault) == [nil, .fieldTooLong])
            #expect(result.records[1].flat.bytes == Array("b".utf8))
        }
    }

    @Test func aRowMayBeAsLongAsTheLimitAndNotLonger() {
        let limit = FeedLimits().rowBytes
        let field = String(repeating: "x", count: 65_535) + "|"
        let longest = String(repeating: field, count: 16)
        #expect(longest.utf8.count == limit)
        #expect(readFeed(head + longest + "\n").error == nil)
        #expect(readFeed(head + longest + "|\n").error == .rowTooLong(row: 1, limit: limit))
        #expect(readFeed(head + longest + "y").error == .rowTooLong(row: 1, limit: limit))
    }

    @Test(arguments: ["x", "|", "\"\"", "x|", "\"x\"|"])
    func aLineWithoutEndStopsTheReaderAtTheLimit(pattern: String) {
        var reader = FeedReader(encoding: .utf8)
        var records: [FeedRecord] = []
        let size = 1 << 20
        let chunk = Array(String(repeating: pattern, count: size / pattern.utf8.count).utf8)
        var chunks = 0
        #expect(throws: FeedFileError.self) {
            try reader.read(Array((head + (pattern == "\"\"" ? "\"" : "")).utf8), into: &records)
            while chunks < 1_024 {
                chunks += 1
                try reader.read(chunk, into: &records)
            }
        }
        #expect(chunks <= 2)
        #expect(records.count == 1)
        #expect(records.allSatisfy { $0.flat.bytes.count <= size })
    }

    @Test func aHeaderWithoutEndStopsTheReaderToo() {
        var reader = FeedReader(encoding: .utf8)
        var records: [FeedRecord] = []
        let chunk = [UInt8](repeating: UInt8(ascii: "A"), count: 1 << 20)
        #expect(throws: FeedFileError.invalidHeader(.unreadable)) { try reader.read(chunk, into: &records) }
    }

    @Test func blankLinesWithoutEndTakeNoMemoryAndMakeNoRows() {
        let result = readFeed(Array(head.utf8) + [UInt8](repeating: 0x0A, count: 3 << 20))
        #expect(result.records.isEmpty)
        #expect(result.error == nil)
        #expect(result.position.byteOffset == Int64(head.utf8.count + 3 << 20))
    }

    @Test func theRowAfterTheLastAllowedOneEndsTheFile() {
        var limits = FeedLimits()
        limits.rows = 2
        #expect(readFeed(head + "a\nb\n", limits: limits).error == nil)
        let result = readFeed(head + "a\nb\nc\n", limits: limits)
        #expect(result.error == .tooManyRows(limit: 2))
        #expect(result.records.count == 2)
        #expect(readFeed(head + "a\nb\n\"c", limits: limits).error == .tooManyRows(limit: 2))
    }

    @Test func theByteAfterTheLastAllowedOneEndsTheFile() {
        let text = head + "a\nb\nc\n"
        var limits = FeedLimits()
        limits.fileBytes = Int64(text.utf8.count)
        #expect(readFeed(text, limits: limits).error == nil)
        let result = readFeed(text + "d\n", limits: limits)
        #expect(result.error == .fileTooLarge(limit: limits.fileBytes))
        #expect(result.records.count == 3)
    }

    @Test func everyFileErrorSaysWhatToDo() {
        let errors: [FeedFileError] = [
            .unterminatedQuote(row: 7), .fieldTooLong(row: 7, limit: 9), .rowTooLong(row: 7, limit: 9),
            .tooManyRows(limit: 9), .fileTooLarge(limit: 9), .duplicateName,
        ]
        for error in errors {
            #expect(error.advice.hasSuffix("."))
            #expect("\(error)" == error.text)
            #expect(error.status == (error == .duplicateName ? .duplicate : .failed))
        }
    }
}
