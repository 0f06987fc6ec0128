import Foundation
import Testing

@testable import herald

@Suite struct SampleFeedStreamTests {
    static let now = SampleFeedsTests.now

    private func rows(of stream: SampleFeedStream) -> [[String]] {
        let text = String(decoding: Array(stream.joined()), as: UTF8.self)
        return text.components(separatedBy: "\r\n").dropLast().map { line in
            line.dropFirst().dropLast().components(separatedBy: "\"|\"")
        }
    }

    @Test(arguments: SampleVaccine.all.map(\.type))
    func rowsAreCompleteAndNew(type: String) throws {
        let vaccine = try #require(SampleVaccine.all.first { $0.type == type })
        let rows = rows(of: SampleFeedStream(vaccine: vaccine, rows: 3_000, seed: 5, now: Self.now))
        #expect(rows.first == SampleColumn.allCases.map(\.rawValue))
        #expect(rows.count == 3_001)
        #expect(rows.allSatisfy { $0.count == SampleColumn.allCases.count })
        #expect(rows.dropFirst().allSatisfy { $0[SampleColumn.actionFlag.index] == "new" })
        #expect(Set(rows.map { $0[SampleColumn.uniqueID.index] }).count == rows.count)
        #expect(Set(rows.dropFirst().map { $0[SampleColumn.nhsNumber.index] }).count == 1_000)
    }

    @Test func seedsAndVaccinesShareNoIdentifier() {
        let streams = [
            SampleFeedStream(vaccine: .flu, rows: 500, seed: 1, now: Self.now),
            SampleFeedStream(vaccine: .flu, rows: 500, seed: 2, now: Self.now),
            SampleFeedStream(vaccine: .mmr, rows: 500, seed: 1, now: Self.now),
        ]
        let identifiers = streams.flatMap { rows(of: $0).dropFirst().map { $0[SampleColumn.uniqueID.index] } }
        #expect(Set(identifiers).count == 1_500)
    }

    @Test func aPatientIsCalledTheSameInEveryRow() {
        let rows = rows(of: SampleFeedStream(rows: 2_000, seed: 3, now: Self.now, population: 50)).dropFirst()
        let people = Dictionary(grouping: rows) { $0[SampleColumn.nhsNumber.index] }
        #expect(people.count == 50)
        let described = SampleColumn.nhsNumber.index...SampleColumn.postcode.index
        #expect(people.values.allSatisfy { Set($0.map { Array($0[described]) }).count == 1 })
    }

    @Test func chunksAreBoundedAndTheirSizeDoesNotChangeTheBytes() {
        let small = SampleFeedStream(rows: 1_000, seed: 9, now: Self.now, chunkSize: 4_096)
        #expect(small.allSatisfy { $0.count < 4_096 + 2_048 })
        let large = SampleFeedStream(rows: 1_000, seed: 9, now: Self.now)
        #expect(Array(small.joined()) == Array(large.joined()))
    }

    @Test func aFeedWithoutRowsIsAHeader() {
        #expect(rows(of: SampleFeedStream(rows: 0, seed: 1, now: Self.now)).count == 1)
    }

    @Test func numbersOfTheRangeAreValidAndDistinct() {
        var numbers = SampleNHSNumbers(from: 999_999)
        let some = (0..<100_000).map { _ in numbers.nextValue() }
        #expect(Set(some).count == some.count)
        for number in some {
            let digits = String(number).utf8.map { Int($0) - 48 }
            let sum = zip(digits, (1...10).reversed()).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(digits.count == 10 && digits.starts(with: [9, 9, 9]) && sum % 11 == 0)
        }
    }
}
