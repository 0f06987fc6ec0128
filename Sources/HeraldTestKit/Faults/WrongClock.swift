import Foundation
import Testing

/// A wall clock that can be put forward and back under a process that runs, by way of libfaketime.
///
/// Monotonic clocks go on as they are, as they do when an administrator or a time service sets the machine's clock.
package struct WrongClock: Sendable {
    /// What a process needs in its environment to follow this clock.
    package let environment: [String: String]
    private let file: String

    /// Lends a clock that is right at first; where there is no libfaketime the test is cancelled, or fails if
    /// `HERALD_REQUIRE_SERVICES` is `1`.
    package static func with(_ body: (WrongClock) async throws -> Void) async throws {
        guard let library else {
            guard ProcessInfo.processInfo.environment["HERALD_REQUIRE_SERVICES"] != "1" else {
                throw FaultError("libfaketime is not installed; deploy/prepare --tests does that")
            }
            try Test.cancel("needs libfaketime (Debian: apt-get install libfaketime)")
        }
        let file = "\(NSTemporaryDirectory())/herald-clock-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let environment = [
            "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": file, "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
        ]
        let clock = WrongClock(environment: environment, file: file)
        try clock.set(.zero)
        try await body(clock)
    }

    /// Puts the clock so far from the truth.
    package func set(_ difference: Duration) throws {
        let seconds = difference.components.seconds
        try Data("\(seconds < 0 ? "-" : "+")\(abs(seconds))\n".utf8).write(
            to: URL(fileURLWithPath: file),
            options: .atomic
        )
    }

    private static var library: String? {
        ["x86_64-linux-gnu", "aarch64-linux-gnu"].map { "/usr/lib/\($0)/faketime/libfaketimeMT.so.1" }
            .first(where: FileManager.default.fileExists)
    }
}
