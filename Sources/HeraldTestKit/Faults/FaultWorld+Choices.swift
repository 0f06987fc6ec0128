import Foundation
import Testing

extension FaultWorld {
    /// Two processes of each role: the other takes over what one leaves.
    package static let eachRoleTwice = [
        "intake", "intake", "relay", "relay", "router", "router", "delivery", "delivery",
    ]
}

extension FaultWorld.Log {
    /// The logs that every test of both modes runs on.
    package static let both: [Self] = [.embedded, .kafka]

    /// Cancels the test where this log cannot be had, or lets it go on and fail if `HERALD_REQUIRE_SERVICES` is `1`.
    package func require() throws {
        guard self == .tansu, FaultBroker.tansuProgram == nil else { return }
        let isRequired = ProcessInfo.processInfo.environment["HERALD_REQUIRE_SERVICES"] == "1"
        if !isRequired { try Test.cancel("needs Tansu in .build/tansu, which deploy/test fetches") }
    }
}

extension FaultWorld {
    /// How many messages the events' topic holds.
    package func messageCount() async throws -> Int {
        guard let broker else { return 0 }
        return Int(try await broker.messageCount(topic, partitions: Self.partitions))
    }
}
