import Foundation
import Messages
import Testing
import Vaccination

@Suite("Writing runs of the national feed (nis-feed.md)")
struct FeedRunWriterTests {
    private func rows(_ folder: String, of manifest: FeedManifest) throws -> [FeedRunReader.Row] {
        var rows: [FeedRunReader.Row] = []
        try FeedRunReader(directory: folder).forEachRow(of: manifest) { rows.append($0) }
        return rows
    }

    @Test("§2: file names")
    func namesFollowTheLayout() throws {
        let run = try FeedSample.run(42)
        #expect(
            run.fileName(vaccineType: "COVID", part: 1)
                == "COVID_Vaccinations_v5_X26_20250201T11000000_D00000042-001.csv"
        )
        #expect(run.manifestName == "MANIFEST_Vaccinations_v5_X26_20250201T11000000_D00000042.json")
        let full = try FeedSample.run(123_456_789, kind: .full)
        #expect(full.fileName(vaccineType: "6IN1", part: 12).hasSuffix("_F123456789-012.csv"))
    }

    @Test("TN-03: NEW, UPDATE and DELETE of one record are three full rows, oldest first")
    func everyEventIsARow() throws {
        try Fixtures.withFolder { folder in
            let writer = FeedRunWriter(try FeedSample.run(), directory: folder)
            for action in ActionFlag.allCases {
                // What the record says of the action does not count: the event does (immunization-mapping.md §5).
                let record = FeedSample.record(1, [.actionFlag: "stale", .batchNumber: "B1"])
                try writer.append(record, vaccineType: "FLU", recordID: FeedSample.id(1), action: action)
            }
            let manifest = try writer.finish()
            let rows = try rows(folder, of: manifest)
            #expect(rows.map(\.action) == [.new, .update, .delete])
            #expect(rows.allSatisfy { $0.record.string(.batchNumber) == "B1" })
            #expect(manifest.totals.rows == 3 && manifest.totals.delete == 1)
        }
    }

    @Test("TN-04: an hour without events is a manifest")
    func emptyRunIsAManifestOnly() throws {
        try Fixtures.withFolder { folder in
            let run = try FeedSample.run(7, from: 10, to: 9)
            let manifest = try FeedRunWriter(run, directory: folder).finish()
            #expect(manifest.files.isEmpty && manifest.totals.rows == 0)
            #expect(try FeedSample.files(in: folder).keys.sorted() == [run.manifestName])
        }
    }

    @Test("TN-05: parts end at the row limit")
    func rowsAreSpreadOverParts() throws {
        try Fixtures.withFolder { folder in
            let limits = FeedPartLimits(rows: 200)
            let writer = FeedRunWriter(try FeedSample.run(), directory: folder, limits: limits)
            for number in 0..<450 {
                let record = FeedSample.record(number)
                try writer.append(record, vaccineType: "FLU", recordID: FeedSample.id(number), action: .new)
            }
            let manifest = try writer.finish()
            #expect(manifest.files.map(\.counts.rows) == [200, 200, 50] && manifest.files.map(\.part) == [1, 2, 3])
            #expect(
                try rows(folder, of: manifest).map { $0.record.string(.uniqueID) } == (0..<450).map { "record-\($0)" }
            )
            #expect(try FeedRunReader(directory: folder).verify([manifest]) == [])
        }
    }

    @Test("§2: parts end at the size limit")
    func bytesAreSpreadOverParts() throws {
        try Fixtures.withFolder { folder in
            let limits = FeedPartLimits(bytes: 4096)
            let writer = FeedRunWriter(try FeedSample.run(), directory: folder, limits: limits)
            for number in 0..<100 {
                let record = FeedSample.record(number)
                try writer.append(record, vaccineType: "FLU", recordID: FeedSample.id(number), action: .new)
            }
            let manifest = try writer.finish()
            #expect(manifest.files.count > 3 && manifest.files.allSatisfy { $0.bytes <= 4096 })
            #expect(manifest.totals.rows == 100)
        }
    }

    @Test("§2: rows of one record that follow one another stay in one part")
    func recordsAreNotSplit() throws {
        try Fixtures.withFolder { folder in
            let limits = FeedPartLimits(rows: 2, bytes: 4096)
            let writer = FeedRunWriter(try FeedSample.run(), directory: folder, limits: limits)
            for number in [1, 2, 2, 2, 3] {
                let record = FeedSample.record(number)
                try writer.append(record, vaccineType: "FLU", recordID: FeedSample.id(number), action: .update)
            }
            #expect(try writer.finish().files.map(\.counts.rows) == [4, 1])
        }
    }

    @Test("N-05, TN-09: a faulty mandatory column holds the row back, another is left empty")
    func conversionErrors() throws {
        try Fixtures.withFolder { folder in
            let writer = FeedRunWriter(try FeedSample.run(), directory: folder)
            func append(_ number: Int, errors: [FeedColumn]) throws -> FeedRunWriter.RowOutcome {
                try writer.append(
                    FeedSample.record(number),
                    vaccineType: "FLU",
                    recordID: FeedSample.id(number),
                    action: .new,
                    conversionErrors: errors
                )
            }
            #expect(try append(1, errors: [.dateAndTime]) == .heldBack)
            #expect(try append(2, errors: [.batchNumber, .uniqueIDURI]) == .heldBack)
            #expect(try append(3, errors: [.batchNumber, .vaccineProductCode, .doseAmount]) == .written)
            let manifest = try writer.finish()
            #expect(manifest.heldBack == 2)
            #expect(try rows(folder, of: manifest).map { $0.record.string(.uniqueID) } == ["record-3"])
        }
    }

    @Test("TN-10: quotes, delimiters, line breaks and accents are read back")
    func awkwardTextSurvives() throws {
        let texts = ["O\"Neill", "\"", "a|b", "line\r\nbreak", "\n", "Siân 😀", "back\\slash", "'", "\"\"|\"\""]
        try Fixtures.withFolder { folder in
            let writer = FeedRunWriter(try FeedSample.run(), directory: folder)
            for (number, text) in texts.enumerated() {
                let record = FeedSample.record(number, [.personSurname: text, .locationCodeTypeURI: text])
                try writer.append(record, vaccineType: "FLU", recordID: FeedSample.id(number), action: .new)
            }
            let manifest = try writer.finish()
            let rows = try rows(folder, of: manifest)
            #expect(rows.map { $0.record.string(.personSurname) } == texts)
            #expect(rows.map { $0.record.string(.locationCodeTypeURI) } == texts)
        }
    }

    @Test("TN-06, N-20: a run that was cut short is written again, byte for byte, and nothing is left over")
    func repeatedRunIsIdentical() throws {
        func write(_ folder: String, rows: Int, isFinished: Bool) throws {
            let limits = FeedPartLimits(rows: 30)
            let writer = FeedRunWriter(try FeedSample.run(), directory: folder, limits: limits)
            for number in 0..<rows {
                let type = number % 3 == 0 ? "COVID" : "FLU"
                let record = FeedSample.record(number)
                try writer.append(record, vaccineType: type, recordID: FeedSample.id(number), action: .new)
            }
            if isFinished { _ = try writer.finish() }
        }
        let expected = try Fixtures.withFolder { folder in
            try write(folder, rows: 100, isFinished: true)
            return try FeedSample.files(in: folder)
        }
        for rows in [0, 1, 50, 100] {
            try Fixtures.withFolder { folder in
                // What a killed process leaves: some parts finished, one under its temporary name.
                try write(folder, rows: rows, isFinished: false)
                let stale = "\(folder)/\(try FeedSample.run().fileName(vaccineType: "FLU", part: 1)).tmp"
                try Data(repeating: 0x41, count: 100_000).write(to: URL(filePath: stale))
                try write(folder, rows: 100, isFinished: true)
                #expect(try FeedSample.files(in: folder) == expected)
            }
        }
    }

    @Test func unfinishedFilesAreRemoved() throws {
        try Fixtures.withFolder { folder in
            do {
                let writer = FeedRunWriter(try FeedSample.run(), directory: folder)
                try writer.append(FeedSample.record(1), vaccineType: "FLU", recordID: FeedSample.id(1), action: .new)
                #expect(try FeedSample.files(in: folder).keys.allSatisfy { $0.hasSuffix(".tmp") })
            }
            #expect(try FeedSample.files(in: folder).isEmpty)
        }
    }

    @Test func filesAreForTheOwnerOnly() throws {
        try Fixtures.withFolder { folder in
            let writer = FeedRunWriter(try FeedSample.run(), directory: folder)
            try writer.append(FeedSample.record(1), vaccineType: "FLU", recordID: FeedSample.id(1), action: .new)
            _ = try writer.finish()
            for name in try FeedSample.files(in: folder).keys {
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
                #expect(attributes[.posixPermissions] as? Int == 0o600)
            }
        }
    }

    @Test(arguments: ["", "../FLU", "flu", "FLU_X", "FLU/X", "FLÜ"])
    func typesThatCannotStandInAFileNameAreRefused(type: String) throws {
        try Fixtures.withFolder { folder in
            let writer = FeedRunWriter(try FeedSample.run(), directory: folder)
            #expect(throws: MessagesError.vaccineType) {
                try writer.append(FeedSample.record(1), vaccineType: type, recordID: FeedSample.id(1), action: .new)
            }
        }
    }

    @Test func missingFolderIsTheSystemsRefusal() throws {
        let writer = FeedRunWriter(try FeedSample.run(), directory: "/nonexistent/feed")
        let error = #expect(throws: MessagesError.self) { try writer.finish() }
        #expect(error?.isRetriable == true)
    }
}
