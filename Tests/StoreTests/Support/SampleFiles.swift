import Foundation

/// The sample feeds beside the tests of `Feeds`, and what their manifest expects of them.
struct SampleFiles {
    struct Row: Decodable {
        let row: Int64
        let outcome: String
        let localId: String
        let effect: String?
        let version: Int64?
        let operationOutcome: String?
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

    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "FeedsTests/Fixtures/csv")

    let files: [File]

    init() throws {
        let data = try Data(contentsOf: Self.folder.appending(path: "manifest.json"))
        files = try JSONDecoder().decode(Manifest.self, from: data).files
    }

    func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: Self.folder.appending(path: name)))
    }
}
