import Feeds
import Testing
import Vaccination

@Suite struct SampleFeedTests {
    /// Missing values that the national service hides behind format faults and Herald reports (csv-feed §5.1).
    private static let hidden = [
        "FLU_Vaccinations_v5_YGM41_20250116T08000000.csv 30": [
            SampleManifest.Diagnostic(column: "PERSON_DOB", kind: "MANDATORY")
        ]
    ]

    @Test(arguments: try SampleManifest.shared.get().files)
    func everySampleComesOutAsItsManifestSays(_ sample: SampleManifest.File) throws {
        var strict = FeedLimits()
        strict.toleratesByteOrderMark = false
        let bytes = try Fixture.bytes("csv/\(sample.file)")
        let intake = SampleIntake(name: sample.file, bytes: bytes, limits: strict)

        #expect((intake.fileError == nil) == (sample.infAck == "Success"), "\(String(describing: intake.fileError))")
        if let error = intake.fileError { #expect(error.status.rawValue == sample.fileStatus) }
        if let encoding = sample.encoding {
            #expect(intake.encoding == (encoding == "utf-8" ? .utf8 : .windows1252))
        }
        #expect(intake.outcomes.count == sample.rows)
        #expect(intake.outcomes.count { $0.failure == nil } == sample.accepted)
        for (outcome, expected) in zip(intake.outcomes, sample.rowOutcomes) {
            let hidden = Self.hidden["\(sample.file) \(expected.row)"] ?? []
            compare(outcome, expected, hidden: hidden)
        }
    }

    private func compare(
        _ outcome: SampleIntake.Outcome,
        _ expected: SampleManifest.Row,
        hidden: [SampleManifest.Diagnostic]
    ) {
        let row = "row \(expected.row)"
        #expect(outcome.localID == expected.localId, "\(row)")
        #expect((outcome.failure == nil) == (expected.outcome == "accepted"), "\(row)")
        if let effect = expected.effect {
            #expect(outcome.effect.map { "\($0)" } == effect, "\(row)")
            #expect(outcome.version == expected.version, "\(row)")
        }
        let found = outcome.failure?.diagnostics.map {
            SampleManifest.Diagnostic(column: $0.column?.header ?? "", kind: $0.kind.rawValue)
        }
        let expectedFaults = expected.diagnostics.map { $0 + hidden }
        #expect(found.map(Set.init) == expectedFaults.map(Set.init), "\(row)")
        #expect(found?.count == expectedFaults?.count, "\(row)")
        if hidden.isEmpty { #expect(outcome.failure?.operationOutcome == expected.operationOutcome, "\(row)") }
    }

    @Test func aByteOrderMarkIsToleratedByDefault() throws {
        let samples = try SampleManifest.shared.get().files
        let sample = try #require(samples.first { $0.withByteOrderMarkTolerated != nil })
        let expected = try #require(sample.withByteOrderMarkTolerated)
        let intake = SampleIntake(name: sample.file, bytes: try Fixture.bytes("csv/\(sample.file)"))
        #expect(intake.fileError == nil)
        #expect(intake.outcomes.count == expected.rows)
        #expect(intake.outcomes.count { $0.failure == nil } == expected.accepted)
    }

    @Test func aWindows1252FileGivesTheLettersThatWereMeant() throws {
        let name = "MMR_Vaccinations_v5_YGJ_20250730T13000001.csv"
        let bytes = try Fixture.bytes("csv/\(name)")
        let records = readFeed(bytes, encoding: .windows1252).records
        let text = records.map { String(decoding: $0.flat.bytes, as: UTF8.self) }.joined()
        #expect(text.unicodeScalars.contains { $0.value > 0x7F })
        #expect(!text.unicodeScalars.contains("\u{FFFD}"))
    }
}
