import Feeds
import Testing
import Vaccination

@Suite struct FeedReaderTests {
    private func fields(_ record: FeedRecord) -> [String] { FeedColumn.allCases.map { record.flat.string($0) } }

    private func firstFields(_ result: ReadResult) -> [String] { result.records.map { $0.flat.string(.nhsNumber) } }

    @Test func quotesSeparatorsAndLineBreaksAreDataInsideQuotes() {
        let result = readFeed(SampleRow.header + "\r\n\"a\"\"b|c\r\nd\\\"|e\"f|\"\"|\"g\"h\"i|\\n\r\n")
        #expect(result.error == nil)
        #expect(result.records.count == 1)
        #expect(Array(fields(result.records[0]).prefix(6)) == ["a\"b|c\r\nd\\", "e\"f", "", "gh\"i", "\\n", ""])
        #expect(result.records[0].fieldCount == 5)
    }

    @Test(arguments: ["\r\n", "\n", "\r", "\n\n", "\r\n\r\n\r\n", "\n\r"])
    func everyLineEndSeparatesRecordsAndBlankLinesDoNotCount(lineEnd: String) {
        let result = readFeed([SampleRow.header, "a", "b", "c"].joined(separator: lineEnd))
        #expect(firstFields(result) == ["a", "b", "c"])
        #expect(result.records.map(\.rowNumber) == [1, 2, 3])
        #expect(result.error == nil)
    }

    @Test func aLineOfSpacesOrOfOneEmptyQuotedFieldIsARecord() {
        let result = readFeed(SampleRow.header + "\n  \n\"\"\n|\n")
        #expect(firstFields(result) == ["  ", "", ""])
        #expect(result.records.map(\.fieldCount) == [1, 1, 2])
    }

    @Test func extraFieldsAreDroppedAndCounted() {
        let row = (1...36).map { "\($0)" }.joined(separator: "|")
        let result = readFeed(SampleRow.header + "\n" + row + "\n" + String(repeating: "|", count: 33))
        #expect(fields(result.records[0]) == (1...34).map { "\($0)" })
        #expect(result.records.map(\.hasExtraFields) == [true, false])
    }

    static let badHeaders: [(String, FeedFileError.HeaderFault)] = [
        ("", .emptyFile),
        ("\n" + SampleRow.header, .blankFirstLine),
        ("\u{FEFF}\u{FEFF}" + SampleRow.header, .column(position: 1, expected: "NHS_NUMBER")),
        (SampleRow.header.lowercased(), .lowerCase),
        (SampleRow.header.replacing("|", with: ","), .delimiter),
        (SampleRow.header.replacing("|", with: ";"), .delimiter),
        (SampleRow.header + "|MORE", .columnCount(found: 35)),
        (String(SampleRow.header.dropLast(23)), .columnCount(found: 33)),
        (SampleRow.header.replacing("PERSON_DOB", with: "PERSON_BIRTH"), .column(position: 4, expected: "PERSON_DOB")),
        (SampleRow.header.replacing("|PERSON_DOB", with: "| PERSON_DOB"), .column(position: 4, expected: "PERSON_DOB")),
        (String(repeating: "X|", count: 56) + "X", .layoutOf2023),
        ("\"" + SampleRow.header, .unreadable),
    ]

    @Test(arguments: badHeaders)
    func aHeaderThatIsNotExactlyTheColumnsFailsTheFile(text: String, fault: FeedFileError.HeaderFault) {
        let result = readFeed(text)
        #expect(result.error == .invalidHeader(fault))
        #expect(result.error?.text == "File headers are invalid.")
        #expect(result.error?.advice.isEmpty == false)
        #expect(result.records.isEmpty)
    }

    @Test func utf16IsNamedAsSuch() {
        let bytes: [UInt8] = [0xFF, 0xFE] + SampleRow.header.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        #expect(readFeed(bytes, encoding: .windows1252).error == .invalidHeader(.notBytewise))
    }

    @Test func namesMayBeQuotedAndOneByteOrderMarkMayStandBeforeThem() {
        let quoted = FeedColumn.allCases.map { "\"\($0.header)\"" }.joined(separator: "|")
        let text = "\u{FEFF}" + quoted + "\r\na\r\n"
        #expect(firstFields(readFeed(text)) == ["a"])
        var strict = FeedLimits()
        strict.toleratesByteOrderMark = false
        #expect(readFeed(text, limits: strict).error == .invalidHeader(.byteOrderMark))
    }

    @Test func aHeaderAloneIsAFileWithoutRows() {
        let result = readFeed(SampleRow.header)
        #expect(result.error == nil)
        #expect(result.records.isEmpty)
        #expect(result.position.headerRead)
    }

    @Test func anOpenQuoteRejectsItsRowAndEndsTheFile() {
        let text = SampleRow.header + "\na|b\n1|2|\"never closed\nx|y\n"
        let result = readFeed(text)
        #expect(result.error == .unterminatedQuote(row: 2))
        #expect(result.records.map(\.fault) == [nil, .openQuote])
        #expect(Array(fields(result.records[1]).prefix(3)) == ["1", "2", ""])
        #expect(result.records[1].endPosition == result.records[0].endPosition)
        #expect(result.error?.comesAfterRows == true)
    }

    @Test func aFailedReaderKeepsFailing() {
        var reader = FeedReader(encoding: .utf8)
        var records: [FeedRecord] = []
        #expect(throws: FeedFileError.self) { try reader.read(Array("x\n".utf8), into: &records) }
        #expect(throws: FeedFileError.self) { try reader.read(Array(SampleRow.header.utf8), into: &records) }
        #expect(throws: FeedFileError.self) { try reader.finish(into: &records) }
        #expect(records.isEmpty)
    }

    @Test func aNullCharacterMarksItsRowOnly() {
        let result = readFeed(SampleRow.header + "\na|b\0\nc\n")
        #expect(result.records.map(\.fault) == [.nullCharacter, nil])
        #expect(result.error == nil)
    }

    @Test func windows1252BytesBecomeTheirCharacters() {
        let bytes =
            Array((SampleRow.header + "\n").utf8) + [
                0x80, 0x7C, 0x81, 0x8D, 0x8F, 0x90, 0x9D, 0x7C, 0xE9, 0xFF, 0x7C, 0x93,
            ]
        let record = readFeed(bytes, encoding: .windows1252).records[0]
        #expect(Array(fields(record).prefix(4)) == ["€", String(repeating: "\u{FFFD}", count: 5), "éÿ", "“"])
    }

    @Test func everyUndefinedOrDefinedByteMatchesTheCodePage() throws {
        let undefined: Set<UInt8> = [0x81, 0x8D, 0x8F, 0x90, 0x9D]
        var seen: Set<String> = []
        for byte in UInt8(0x80)...0xFF {
            let bytes = Array((SampleRow.header + "\n").utf8) + [byte]
            let text = readFeed(bytes, encoding: .windows1252).records[0].flat.string(.nhsNumber)
            #expect(text.unicodeScalars.count == 1)
            #expect((text == "\u{FFFD}") == undefined.contains(byte))
            if byte >= 0xA0 { #expect(text.unicodeScalars.first?.value == UInt32(byte)) }
            seen.insert(text)
        }
        #expect(seen.count == 128 - 4)
    }
}
