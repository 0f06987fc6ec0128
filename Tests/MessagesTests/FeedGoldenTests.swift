import Foundation
import Messages
import Testing
import Vaccination

@Suite("Runs of the national feed, byte for byte (nis-feed.md §2-§4)")
struct FeedGoldenTests {
    private func reader() throws -> FeedRunReader { FeedRunReader(directory: try Fixtures.path("nis-feed")) }

    private func run(_ manifest: FeedManifest, started: Date) throws -> FeedRun {
        FeedRun(
            odsCode: try #require(ODSCode("X26")),
            kind: manifest.kind,
            sequence: manifest.sequence,
            previousSequence: manifest.previousSequence,
            started: started,
            generated: manifest.generated,
            fromEvent: manifest.fromEvent,
            toEvent: manifest.toEvent
        )
    }

    @Test(arguments: [
        (41, "2025-02-01T10:00:00Z"), (42, "2025-02-01T11:00:00Z"), (43, "2025-02-01T12:00:00Z"),
        (44, "2025-02-01T12:30:00Z"),
    ])
    func rowsOfARunGiveItsFilesAndManifest(sequence: Int64, started: String) throws {
        let manifest = try #require(try reader().manifests().first { $0.sequence == sequence })
        let run = try run(manifest, started: Date(started, strategy: .iso8601))
        try Fixtures.withFolder { folder in
            let writer = FeedRunWriter(run, directory: folder)
            try reader().forEachRow(of: manifest) { row in
                let identifier = RecordIdentifier(
                    system: row.record.string(.uniqueIDURI),
                    value: row.record.string(.uniqueID)
                )
                try writer.append(
                    row.record,
                    vaccineType: row.vaccineType,
                    recordID: RecordID(identifier),
                    action: row.action
                )
            }
            for _ in 0..<manifest.heldBack {
                let outcome = try writer.append(
                    FlatRecord(),
                    vaccineType: "FLU",
                    recordID: RecordID(UUID()),
                    action: .new,
                    conversionErrors: [.dateAndTime]
                )
                #expect(outcome == .heldBack)
            }
            #expect(try writer.finish() == manifest)
            let names = manifest.files.map(\.name) + [run.manifestName]
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == names.sorted())
            for name in names {
                let written = try #require(FileManager.default.contents(atPath: "\(folder)/\(name)"))
                #expect(Array(written) == (try Fixtures.bytes("nis-feed/\(name)")), "\(name)")
            }
        }
    }

    @Test func receivedRunsHaveNoFindings() throws {
        let reader = try reader()
        let manifests = try reader.manifests()
        #expect(manifests.map(\.sequence) == [41, 42, 43, 44])
        #expect(try reader.verify(manifests) == [])
    }

    @Test func rowsAreReadWithQuotesAndAccents() throws {
        let reader = try reader()
        var rows: [FeedRunReader.Row] = []
        try reader.forEachRow(of: try #require(try reader.manifests().first)) { rows.append($0) }
        #expect(rows.map(\.vaccineType) == ["COVID", "FLU", "FLU", "FLU", "FLU", "MMR"])
        #expect(rows.contains { $0.record.string(.personForename) == "An \"Annie\" ya" })
        #expect(rows.contains { $0.record.string(.personForename) == "Siân Mair" })
    }
}
