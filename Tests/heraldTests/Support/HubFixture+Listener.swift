import HeraldTestKit
import Synchronization

@testable import herald

extension HubFixture {
    /// Runs the hub's own listener, on a port that is free.
    func listening(_ body: (Int) async throws -> Void) async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        try await running([hub.server { port.yield($0) }]) {
            guard let port = await ports.first(where: { _ in true }) else { return }
            try await body(port)
        }
    }
}
