import Foundation
import Testing

@testable import herald

@Suite struct SampleFeedsTests {
    static let now = Date(timeIntervalSince1970: 1_763_816_400)  // 22 November 2025, 13:00 UTC
    static let feeds = SampleFeeds(seed: 42, now: now)

    @Test func theSameSeedAndDayGiveTheSameBytes() {
        let again = SampleFeeds(seed: 42, now: Self.now.addingTimeInterval(3_600))
        #expect(again.files.map(\.content) == Self.feeds.files.map(\.content))
        #expect(again.events == Self.feeds.events)
    }

    @Test func anotherSeedGivesOtherRecords() {
        let other = SampleFeeds(seed: 43, now: Self.now)
        let keys = Set(Self.feeds.records.map(\.key))
        #expect(other.records.allSatisfy { !keys.contains($0.key) })
    }

    @Test func theDirectoryHasPatientsWithAndWithoutPractice() {
        let practices = Set(Self.feeds.practices.map(\.code))
        #expect(practices.count == 12)
        #expect(Set(Self.feeds.patients.map(\.nhsNumber)).count == 154)
        #expect(Self.feeds.patients.count { $0.practiceCode == nil } == 8)
        #expect(Self.feeds.patients.compactMap(\.practiceCode).allSatisfy(practices.contains))
    }

    @Test func filesAreNamedAndSizedAsTheCatalogueSays() {
        #expect(Self.feeds.files.map(\.rows.count) == SampleVaccine.all.map(\.rows))
        #expect(Self.feeds.files.first?.name == "FLU_Vaccinations_v5_YGM41_20251121T18000000.csv")
        #expect(Set(Self.feeds.files.map(\.name)).count == Self.feeds.files.count)
    }

    @Test func contentIsWhatTheRowsSay() throws {
        for file in Self.feeds.files {
            let lines = String(decoding: file.content, as: UTF8.self).components(separatedBy: "\r\n")
            #expect(lines.count == file.rows.count + 2)  // header and the empty rest behind the last row
            for (line, row) in zip(lines.dropFirst(), file.rows) {
                let fields = line.dropFirst().dropLast().components(separatedBy: "\"|\"")
                #expect(fields.map { $0.replacing("\"\"", with: "\"") } == row.fields.values)
            }
        }
    }

    @Test func quotesInsideAFieldAreDoubled() {
        var fields = SampleFields()
        fields[.forename] = "Margaret \"Peggy\""
        fields[.surname] = "A|B"
        #expect(fields.quoted(.forename, through: .surname) == Array(#""Margaret ""Peggy"""|"A|B""#.utf8))
    }

    @Test(arguments: [1, 7, 42, 99] as [UInt64])
    func everyFaultOccursOnceAndAFewRowsInAHundredAreWrong(seed: UInt64) {
        let rows = SampleFeeds(seed: seed, now: Self.now).files.flatMap(\.rows)
        let rejected = rows.filter { !$0.outcome.isAccepted }
        #expect(rejected.count == SampleFault.all.count)
        #expect((7...9).contains(100 * rejected.count / rows.count))
    }

    /// Applies the rows once more by csv-feed §6, knowing nothing of how they were made.
    @Test(arguments: [1, 7, 42, 99] as [UInt64])
    func outcomesFollowFromTheRowsBefore(seed: UInt64) {
        let feeds = SampleFeeds(seed: seed, now: Self.now)
        var versions: [SampleRecordKey: Int] = [:]
        var live: Set<SampleRecordKey> = []
        for row in feeds.files.flatMap(\.rows) {
            let isLive = live.contains(row.key)
            let action = row.fields[.actionFlag]
            let expected: SampleOutcome =
                switch (action, versions[row.key], isLive) {
                case ("new", nil, _): .created
                case ("new", _, true): .rejected(column: .uniqueID, kind: "DUPLICATE")
                case ("update", .some, true): .updated
                case ("new", _, false), ("update", .some, false): .reinstated
                case ("delete", .some, true): .deleted
                default: .rejected(column: .uniqueID, kind: "NOT_FOUND")
                }
            guard row.outcome == expected else {
                #expect(!row.outcome.isAccepted, "row \(row.number) is \(row.outcome), not \(expected)")
                continue
            }
            guard expected.isAccepted else { continue }
            if expected == .deleted { live.remove(row.key) } else { live.insert(row.key) }
            if expected != .deleted { versions[row.key, default: 0] += 1 }
        }
        #expect(live == Set(feeds.liveRecords.map(\.key)))
        #expect(feeds.records.allSatisfy { $0.version == versions[$0.key] })
    }

    @Test func everyAcceptedRowIsOneEvent() {
        let accepted = Self.feeds.files.reduce(0) { $0 + $1.acceptedCount }
        #expect(Self.feeds.events.count == accepted)
        #expect(Self.feeds.eventCountByVaccineType.values.reduce(0, +) == accepted)
        #expect(Self.feeds.eventCountByPractice.count == 12)
        #expect(Self.feeds.eventCountByPractice.values.reduce(Self.feeds.eventCountWithoutPractice, +) == accepted)
        for record in Self.feeds.records {
            let events = Self.feeds.events(of: record.key)
            #expect(events.first?.outcome == .created)
            #expect(events.last?.version == record.version)
            #expect((events.last?.outcome == .deleted) == record.isDeleted)
        }
    }

    @Test func allKindsOfChangesAndPatientsOccur() {
        let events = Self.feeds.events
        for outcome in [SampleOutcome.created, .updated, .reinstated, .deleted] {
            #expect(events.contains { $0.outcome == outcome })
        }
        #expect(events.contains { $0.nhsNumber == nil })
        #expect(events.contains { $0.nhsNumber != nil && $0.practiceCode == nil })
    }

    @Test func nobodyIsVaccinatedByTheirOwnPractice() {
        let practices = Set(Self.feeds.practices.map(\.code))
        #expect(Self.feeds.records.allSatisfy { !practices.contains($0.fields[.siteCode]) })
    }
}
