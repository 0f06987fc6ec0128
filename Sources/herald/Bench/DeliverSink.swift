import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// An endpoint on all of this machine's loopback addresses that answers 202 and keeps some bodies, to post them again.
final class DeliverSink: Sendable {
    private static let kept = 200
    private let bodies = Mutex<[ByteBuffer]>([])
    private let counts = Mutex((posts: 0, bytes: 0))

    /// Posts and bytes so far.
    var taken: (posts: Int, bytes: Int) { counts.withLock(\.self) }

    /// Some of the bodies, as they came.
    var samples: [ByteBuffer] { bodies.withLock(\.self) }

    /// The server as a service.
    func service(logger: Logger, onListening: @escaping @Sendable (Int) async -> Void) -> any Service {
        let router = Router()
        router.post("**") { request, _ in
            let body = try await request.body.collect(upTo: 6 << 20)
            self.counts.withLock { $0 = ($0.posts + 1, $0.bytes + body.readableBytes) }
            self.bodies.withLock { if $0.count < Self.kept { $0.append(body) } }
            return Response(status: .accepted)
        }
        return Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("0.0.0.0", port: 0)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger
        )
    }
}
