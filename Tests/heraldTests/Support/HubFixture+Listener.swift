import HeraldTestKit
import ServiceLifecycle
import Synchronization

@testable import herald

extension HubFixture {
    /// Runs the hub's own listener, on a port that is free.
    func listening(_ body: (Int) async throws -> Void) async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let server = Ending(service: hub.server { port.yield($0) }) { port.finish() }
        try await running([server]) {
            // Where it cannot listen it has ended, and that is the error to throw.
            guard let port = await ports.first(where: { _ in true }) else { return }
            try await body(port)
        }
    }
}

/// A service whose end is noticed.
private struct Ending: Service {
    let service: any Service
    let ended: @Sendable () -> Void

    func run() async throws {
        defer { ended() }
        try await service.run()
    }
}
