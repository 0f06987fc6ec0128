import Foundation
import Messages
import Testing
import Vaccination

@Suite("Checking received runs (nis-feed.md §4, §7)")
struct FeedRunReaderTests {
    /// Writes one run of three rows and lends it to a test that spoils it.
    private func withRun(_ body: (_ folder: String, _ file: String, _ manifest: FeedManifest) throws -> Void) throws {
        try Fixtures.withFolder { folder in
            let writer = FeedRunWriter(try FeedSample.run(), directory: folder)
            for number in 1...3 {
                try writer.append(
                    FeedSample.record(number),
                    vaccineType: "FLU",
                    recordID: FeedSample.id(number),
                    action: .new
                )
            }
            let manifest = try writer.finish()
            try body(folder, try #require(manifest.files.first).name, manifest)
        }
    }

    private func change(_ path: String, _ text: String, to other: String) throws {
        let content = String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
        try #require(content.contains(text))
        try Data(content.replacing(text, with: other, maxReplacements: 1).utf8).write(to: URL(filePath: path))
    }

    private func findings(_ folder: String) throws -> [FeedFinding] {
        let reader = FeedRunReader(directory: folder)
        return try reader.verify(reader.manifests())
    }

    @Test func goodRunHasNoFindings() throws {
        try withRun { folder, _, manifest in
            let found = try findings(folder)
            #expect(found.isEmpty)
            #expect(try FeedRunReader(directory: folder).manifests() == [manifest])
        }
    }

    @Test func changedContentIsFoundByItsHash() throws {
        try withRun { folder, file, _ in
            try change("\(folder)/\(file)", "Rowan", to: "Rowen")
            #expect(try findings(folder) == [.hash(file: file)])
        }
    }

    @Test func missingRowIsFoundBySizeHashAndCounts() throws {
        try withRun { folder, file, manifest in
            let path = "\(folder)/\(file)"
            let content = try #require(FileManager.default.contents(atPath: path))
            let lines = String(decoding: content, as: UTF8.self).split(separator: "\r\n")
            let text = lines.dropLast().map { $0 + "\r\n" }.joined()
            try Data(text.utf8).write(to: URL(filePath: path))
            let size = FeedFinding.size(file: file, stated: manifest.files[0].bytes, actual: text.utf8.count)
            #expect(try findings(folder) == [size, .hash(file: file), .counts(file: file)])
        }
    }

    @Test func changedActionIsFoundByTheCounts() throws {
        try withRun { folder, file, _ in
            try change("\(folder)/\(file)", "\"NEW\"", to: "\"DELETE\"")
            #expect(try findings(folder).contains(.counts(file: file)))
        }
    }

    @Test func missingFileIsNamed() throws {
        try withRun { folder, file, _ in
            try FileManager.default.removeItem(atPath: "\(folder)/\(file)")
            #expect(try findings(folder) == [.missingFile(file)])
        }
    }

    @Test(arguments: [
        ("\"NHS_NUMBER\"", "\"NHS_NO\"", 0), ("\"NHS_NUMBER\"|", "", 0), ("\"record-2\"", "record-2", 2),
        ("\"record-2\"", "\"record-2\"|\"x\"", 2), ("\"record-3\"", "\"record\"3\"", 3), ("\"NEW\"", "\"new\"", 1),
        ("\"record-3\"", "\"record-3", 3), ("\r\n", "\n", 0),
    ])
    func otherLayoutsAreFoundWithTheirRecord(text: String, other: String, record: Int) throws {
        try withRun { folder, file, _ in
            try change("\(folder)/\(file)", text, to: other)
            #expect(try findings(folder) == [.layout(file: file, record: record)])
        }
    }

    @Test func quoteThatIsNeverClosedDoesNotGatherTheFile() throws {
        try withRun { folder, file, _ in
            try change("\(folder)/\(file)", "Rowan", to: String(repeating: "x", count: 2 << 20))
            #expect(try findings(folder) == [.layout(file: file, record: 1)])
        }
    }

    @Test func wrongTotalsAreFound() throws {
        try withRun { folder, _, manifest in
            let path = "\(folder)/\(try FeedSample.run().manifestName)"
            let totals = "\"totals\": {\n  \"rows\": 3"
            try change(path, totals, to: totals.replacing("3", with: "4"))
            #expect(try findings(folder) == [.totals(sequence: manifest.sequence)])
        }
    }

    @Test("N-33: a run whose predecessor is missing")
    func gapsBetweenRunsAreFound() throws {
        try Fixtures.withFolder { folder in
            func write(_ run: FeedRun) throws { _ = try FeedRunWriter(run, directory: folder).finish() }
            try write(try FeedSample.run(1, from: 1, to: 5))
            try write(try FeedSample.run(2, from: 6, to: 5))
            try write(try FeedSample.run(4, from: 8, to: 9))
            try write(try FeedSample.run(5, kind: .full, from: 0, to: 9))
            try write(try FeedSample.run(6, from: 10, to: 10))
            #expect(
                try findings(folder) == [
                    .sequenceGap(sequence: 4, expectedPrevious: 2, statedPrevious: 3),
                    .eventGap(sequence: 4, expectedFrom: 6, statedFrom: 8),
                ]
            )
            let reader = FeedRunReader(directory: folder)
            let last = try #require(try reader.manifests().last)
            let first = try #require(try reader.manifests().first)
            #expect(try reader.verify([last], after: first).count == 2)
        }
    }

    @Test func unknownMembersOfAManifestAreIgnoredAndOtherVersionsRefused() throws {
        try withRun { folder, _, manifest in
            let name = try FeedSample.run().manifestName
            try change("\(folder)/\(name)", "\"version\": 1", to: "\"later\": {\"x\": []}, \"version\": 1")
            #expect(try FeedRunReader(directory: folder).manifests() == [manifest])
            try change("\(folder)/\(name)", "\"version\": 1", to: "\"version\": 2")
            #expect(throws: MessagesError.manifest(file: name)) { try FeedRunReader(directory: folder).manifests() }
        }
    }

    @Test func manifestCannotNameFilesElsewhere() throws {
        try withRun { folder, file, _ in
            let name = try FeedSample.run().manifestName
            try change("\(folder)/\(name)", file, to: "../../etc/passwd")
            #expect(throws: MessagesError.manifest(file: "../../etc/passwd")) { try findings(folder) }
        }
    }
}
