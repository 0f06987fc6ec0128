import Testing
import Vaccination

@Suite struct FlatRecordTests {
    @Test func startsEmpty() {
        let record = FlatRecord()
        for column in FeedColumn.allCases {
            #expect(record.isEmpty(column))
            #expect(record[column] == "")
            #expect(record.range(column) == 0..<0)
        }
    }

    @Test func holdsEachFieldInItsPlace() {
        let fields = FeedColumn.allCases.map { $0.rawValue % 3 == 0 ? "" : "é\($0.rawValue)|\"\n" }
        let record = FlatRecord(fields: fields)
        for column in FeedColumn.allCases {
            #expect(record.string(column) == fields[column.rawValue])
            #expect(record.isEmpty(column) == fields[column.rawValue].isEmpty)
            #expect(record.withField(column) { Array($0) } == Array(fields[column.rawValue].utf8))
        }
        #expect(record == FlatRecord(bytes: record.bytes, ends: record.ends))
    }

    @Test func replacesOneField() {
        var record = SampleRow.full
        record[.batchNumber] = "another batch"
        #expect(record[.batchNumber] == "another batch")
        record[.batchNumber] = "BN70421"
        #expect(record == SampleRow.full)
    }
}
