import AsyncHTTPClient
import Deliveries
import Foundation
import NIOCore
import NIOHTTP1

/// Posts notifications over one shared HTTP client.
struct RestHookClient: NotificationPoster {
    /// The longest answer body that is read; its content is of no interest (`delivery.md` §11).
    private static let answerLimit = 16 << 10

    let client: HTTPClient
    /// Whether endpoints without TLS are allowed: in development only.
    let allowsPlainHTTP: Bool

    /// A client that never follows redirects (D-74) and keeps connections for a minute.
    static func makeClient() -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(5)
        configuration.connectionPool.idleTimeout = .seconds(60)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func post(_ notification: OutgoingNotification) async -> AttemptOutcome {
        guard notification.endpoint.hasPrefix("https://") || allowsPlainHTTP else {
            return .misconfigured(httpStatus: nil)
        }
        var request = HTTPClientRequest(url: notification.endpoint)
        request.method = .POST
        for (name, value) in notification.headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: notification.body))
        do {
            let end = ContinuousClock.now + notification.timeout
            let deadline = NIODeadline.now() + .nanoseconds(Int64(notification.timeout / .nanoseconds(1)))
            let response = try await client.execute(request, deadline: deadline)
            await Self.drain(response.body, until: end)
            return AttemptOutcome(
                httpStatus: Int(response.status.code),
                retryAfter: response.headers.first(name: "Retry-After").flatMap(Self.pause)
            )
        } catch let error as HTTPClientError where error == .invalidURL || error == .emptyHost {
            return .misconfigured(httpStatus: nil)
        } catch {
            return .transient(.noResponse, retryAfter: nil)
        }
    }

    /// Reads an answer's body, so that the connection can be used again; one that is too long or too slow is cut off.
    ///
    /// The client's deadline ends with the answer's head: without this one, an endpoint that sends a byte a second would hold
    /// its lane for ever (`delivery.md` §11).
    private static func drain(_ body: HTTPClientResponse.Body, until end: ContinuousClock.Instant) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await drain(body) }
            group.addTask { try? await Task.sleep(until: end, clock: .continuous) }
            await group.next()
            group.cancelAll()
        }
    }

    private static func drain(_ body: HTTPClientResponse.Body) async {
        var size = 0
        do {
            for try await piece in body {
                size += piece.readableBytes
                if size > answerLimit { return }
            }
        } catch {
            // The status has arrived, and that is what counts.
        }
    }

    /// `Retry-After` in seconds; other forms and values out of range are passed over (D-31).
    private static func pause(_ text: String) -> Duration? {
        Int(text).flatMap { $0 > 0 ? .seconds(min($0, 3600)) : nil }
    }
}
