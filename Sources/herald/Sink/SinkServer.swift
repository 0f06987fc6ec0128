import Events
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Messages
import ServiceLifecycle

/// A sample subscriber: takes notifications at any path, keeps the ledger, and answers 202 at once.
struct SinkServer: Sendable {
    /// The largest notification Herald sends (`delivery.md` §11).
    private static let bodyLimit = 6 << 20

    let ledger: NotificationLedger
    let listen: ListenAddress
    let logger: Logger
    /// Called for each notification with its path.
    var onNotification: @Sendable (String, ReceivedNotification, NotificationLedger.Outcome) -> Void = { _, _, _ in }

    /// The server as a service.
    ///
    /// - Parameter onListening: Called with the port once notifications are taken.
    /// - Returns: The server.
    func service(onListening: @escaping @Sendable (Int) async -> Void) -> any Service {
        let router = Router()
        for path in ["/", "**"] as [RouterPath] {
            router.post(path) { request, _ in try await take(request) }
        }
        return Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname(listen.host, port: listen.port)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger
        )
    }

    private func take(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: Self.bodyLimit)
        let notification: ReceivedNotification
        do {
            notification = try ReceivedNotification(parsing: Array(body.readableBytesView))
        } catch {
            // 400 says "never as it is": the hub sets it aside instead of trying for days.
            return Response(status: .badRequest)
        }
        let outcome = ledger.take(notification, at: request.uri.path)
        onNotification(request.uri.path, notification, outcome)
        return Response(status: .accepted)
    }
}
