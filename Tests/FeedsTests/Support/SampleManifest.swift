import Foundation
import Testing

/// The expected outcomes of the sample feeds, `Fixtures/csv/manifest.json`.
struct SampleManifest: Decodable {
    struct FileName: Decodable, CustomTestStringConvertible {
        let name: String
        let expected: String
        let why: String
        var testDescription: String { name }
    }

    struct Diagnostic: Decodable, Hashable {
        let column: String
        let kind: String
    }

    struct Row: Decodable {
        let row: Int64
        let localId: String
        let outcome: String
        let effect: String?
        let version: Int32?
        let diagnostics: [Diagnostic]?
        let operationOutcome: String?
    }

    struct Counts: Decodable {
        let rows: Int
        let accepted: Int
        let rejected: Int
    }

    struct File: Decodable, CustomTestStringConvertible {
        let file: String
        let vaccineType: String
        let encoding: String?
        let infAck: String
        let fileStatus: String?
        let rows: Int
        let accepted: Int
        let rejected: Int
        let rowOutcomes: [Row]
        let withByteOrderMarkTolerated: Counts?
        var testDescription: String { file }
    }

    let fileNames: [FileName]
    let files: [File]

    static let shared = Result {
        try JSONDecoder().decode(SampleManifest.self, from: Fixture.data("csv/manifest.json"))
    }
}
