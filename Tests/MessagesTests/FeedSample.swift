import Foundation
import Messages
import Testing
import Vaccination

/// Runs and rows for the tests of the feed writer and reader.
enum FeedSample {
    static func run(
        _ sequence: Int64 = 1,
        kind: FeedRun.Kind = .delta,
        from: Int64 = 1,
        to: Int64 = 9
    ) throws -> FeedRun {
        FeedRun(
            odsCode: try #require(ODSCode("X26")),
            kind: kind,
            sequence: sequence,
            previousSequence: sequence - 1,
            started: Date(timeIntervalSince1970: 1_738_407_600.7),
            generated: Date(timeIntervalSince1970: 1_738_407_603.2),
            fromEvent: from,
            toEvent: to
        )
    }

    static func record(_ number: Int, _ changes: [FeedColumn: String] = [:]) -> FlatRecord {
        FlatRecord(
            fields: FeedColumn.allCases.map { column in
                changes[column] ?? (column == .uniqueID ? "record-\(number)" : column == .personSurname ? "Rowan" : "")
            }
        )
    }

    static func id(_ number: Int) -> RecordID {
        RecordID(RecordIdentifier(system: "https://supplier.example", value: "record-\(number)"))
    }

    /// Every file of a folder by name.
    static func files(in folder: String) throws -> [String: Data] {
        try FileManager.default.contentsOfDirectory(atPath: folder).reduce(into: [:]) {
            $0[$1] = FileManager.default.contents(atPath: "\(folder)/\($1)")
        }
    }
}
