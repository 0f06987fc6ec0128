import Foundation
import Testing

@testable import Postgres

struct ServerProcessTests {
    @Test func aChildHoldsNoFileOfOurs() async throws {
        let log = NSTemporaryDirectory() + "herald-child-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: log) }
        // A number that the child does not use for files of its own, without O_CLOEXEC.
        let file = fcntl(0, F_DUPFD, 200)
        try #require(file >= 200)
        defer { close(file) }
        let child = try await ServerProcess.start(["/bin/ls", "/proc/self/fd"], log: log)
        #expect(await child.exitStatus() == 0)
        let files = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").compactMap { Int32($0) }
        #expect(files.contains(2))
        #expect(!files.contains(file), "the child holds \(files)")
    }
}
