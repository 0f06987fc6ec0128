import Events
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Messages
import Outbound
import ServiceLifecycle

/// A sample subscriber: takes notifications at any path, keeps the ledger, and answers 202 at once.
struct SinkServer: Sendable {
    /// The largest notification Herald sends (`delivery.md` §11).
    private static let bodyLimit = 6 << 20

    let ledger: NotificationLedger
    let listen: ListenAddress
    let logger: Logger
    /// What notifications are checked with before they are read; nil takes them unchecked.
    var verification: SinkVerification?
    /// Called for each notification with its path.
    var onNotification: @Sendable (String, ReceivedNotification, NotificationLedger.Outcome) -> Void = { _, _, _ in }
    /// Called with the reason for each message that is not the hub's.
    var onRefusal: @Sendable (WebhookRefusal) -> Void = { _ in }

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

    /// The challenge of a handshake given back: it shows that this endpoint wants the notifications.
    private static func proof(_ request: Request) -> HTTPFields {
        guard let name = HTTPField.Name("Herald-Challenge"), let challenge = request.headers[name] else { return [:] }
        return [name: challenge]
    }

    private func take(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: Self.bodyLimit)
        // Who sent it comes first: what is not signed is not read.
        if let verification {
            do throws(WebhookRefusal) {
                try await verification.verify(request.headers, body: body.readableBytesView)
            } catch {
                onRefusal(error)
                return Response(status: .unauthorized)
            }
        }
        let notification: ReceivedNotification
        do {
            notification = try ReceivedNotification(parsing: Array(body.readableBytesView))
        } catch {
            // 400 says "never as it is": the hub sets it aside instead of trying for days.
            return Response(status: .badRequest)
        }
        let outcome = ledger.take(notification, at: request.uri.path)
        onNotification(request.uri.path, notification, outcome)
        // A real subscriber stores the notification here, and works on it later: the hub waits for the answer.
        return Response(status: .accepted, headers: Self.proof(request))
    }
}
