import FHIR
import Foundation
import Vaccination

/// The sample feeds beside the tests of `Feeds`, and what their manifest expects of them.
struct SampleFiles {
    struct Diagnostic: Decodable, Hashable {
        let column: String
        let kind: String
    }

    struct Row: Decodable {
        let row: Int64
        let outcome: String
        let localId: String
        let effect: String?
        let version: Int64?
        let operationOutcome: String?
        let diagnostics: [Diagnostic]?
        let expectedResource: String?
    }

    struct File: Decodable {
        let file: String
        let fileStatus: String?
        let infAck: String
        let busAck: Bool
        let rows: Int64
        let accepted: Int64
        let rejected: Int64
        let rowOutcomes: [Row]
    }

    private struct Manifest: Decodable { let files: [File] }

    private static let tests = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let folder = tests.appending(path: "FeedsTests/Fixtures/csv")

    let files: [File]

    init() throws {
        let data = try Data(contentsOf: Self.folder.appending(path: "manifest.json"))
        files = try JSONDecoder().decode(Manifest.self, from: data).files
    }

    /// The Immunization a row must be stored as, before the server adds its id and version.
    func resource(_ path: String) throws -> JSONValue {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let file = Self.tests.appending(path: "VaccinationTests/Fixtures/from-csv").appending(path: name)
        return try JSONValue(parsing: [UInt8](try Data(contentsOf: file)))
    }

    /// The golden rows of a file, column by column (`fhir/flattened`).
    func flattened(_ name: String) throws -> [[String: String]] {
        let folder = Self.tests.appending(path: "VaccinationTests/Fixtures/flattened")
        let base = name.split(separator: ".")[0] + ".row"
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix(base) }.map {
            file in
            let json = try JSONValue(parsing: [UInt8](try Data(contentsOf: folder.appending(path: file))))
            return Dictionary(
                uniqueKeysWithValues: FeedColumn.allCases.map { column in
                    (column.header, json[column.header]?.string ?? json[column.header]?.number ?? "")
                }
            )
        }
    }

    func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: Self.folder.appending(path: name)))
    }
}
