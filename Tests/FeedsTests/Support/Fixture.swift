import Foundation
import Testing

/// The files beside the tests.
enum Fixture {
    static func bytes(_ path: String) throws -> [UInt8] {
        let folder = try #require(Bundle.module.resourceURL).appending(path: "Fixtures")
        return [UInt8](try Data(contentsOf: folder.appending(path: path)))
    }

    static func data(_ path: String) throws -> Data { Data(try bytes(path)) }
}
