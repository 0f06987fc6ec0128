import Foundation
import HeraldTestKit
import Testing

extension FaultTests {
    /// Random faults: a short run with a new seed each time, and with `deploy/test --soak MINUTES` a long one.
    @Suite
    struct Soaks {
        private static let environment = ProcessInfo.processInfo.environment

        @Test(.timeLimit(.minutes(1440)))
        func keepsTheLedgerCleanUnderRandomFaults() async throws {
            let minutes = Self.environment["HERALD_TEST_SOAK_MINUTES"].flatMap { Int($0) }
            let seed = Self.environment["HERALD_TEST_SOAK_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...999_999)
            let round = Duration.seconds(minutes == nil ? 15 : 120)
            try await Soak(seed: seed, roundLength: round).run(for: .seconds(60 * (minutes ?? 0)))
        }
    }
}
