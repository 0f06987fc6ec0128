import AsyncHTTPClient
import Deliveries
import Events
import Foundation
import HeraldTestKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Outbound
import Testing

@testable import herald

@Suite(.timeLimit(.minutes(1))) struct RestHookClientTests {
    /// An endpoint that answers at once and then sends its body a byte at a time, for a minute.
    private func drippingEndpoint() -> some ApplicationProtocol {
        let router = Router()
        router.post("/") { _, _ in
            Response(
                status: .accepted,
                body: ResponseBody { writer in
                    for _ in 0..<600 {
                        try await writer.write(ByteBuffer(string: "x"))
                        try await Task.sleep(for: .milliseconds(100))
                    }
                    try await writer.finish(nil)
                }
            )
        }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return Application(router: router, logger: logger)
    }

    private func post(to port: Int, timeout: Duration) async throws -> AttemptOutcome {
        var policy = AddressPolicy()
        policy.isDevelopment = true
        return try await RestHookClient(client: try OutboundClient(), policy: policy).post(
            OutgoingNotification(
                endpoint: "http://127.0.0.1:\(port)/",
                headers: [],
                body: [0x7B, 0x7D],
                timeout: timeout
            )
        )
    }

    /// T-15: the attempt ends in time, and the status that came counts.
    @Test func endsWithAnAnswerWhoseBodyDripsForEver() async throws {
        try await drippingEndpoint().test(.live) { server in
            let port = try #require(server.port)
            let start = ContinuousClock.now
            #expect(try await post(to: port, timeout: .seconds(1)) == .accepted(httpStatus: 202))
            #expect(ContinuousClock.now - start < .seconds(10))
        }
    }

    @Test func takesARefusedConnectionForNoResponse() async throws {
        let outcome = try await post(to: TestPort.free(), timeout: .seconds(2))
        #expect(outcome == .transient(.noResponse, retryAfter: nil))
    }

    /// What the hub cannot look up is no answer of the endpoint's.
    @Test func isThrownAFailureOfTheHubsOwnAndSendsNothing() async throws {
        struct DatabaseAway: Error {}
        var notification = OutgoingNotification(
            endpoint: "https://subscriber.example.nhs.uk/",
            headers: [],
            body: [],
            timeout: .seconds(2)
        )
        notification.subscription = SubscriptionID(UUID())
        let poster = RestHookClient(client: try OutboundClient(), policy: AddressPolicy()) { _ in throw DatabaseAway() }
        await #expect(throws: DatabaseAway.self) { try await poster.post(notification) }
    }

    /// Endpoints without TLS are for development.
    @Test func postsWithoutTLSOnlyWhereThatIsAllowed() async throws {
        let outcome = try await RestHookClient(client: try OutboundClient(), policy: AddressPolicy()).post(
            OutgoingNotification(endpoint: "http://127.0.0.1:9/", headers: [], body: [], timeout: .seconds(2))
        )
        #expect(outcome == .misconfigured(httpStatus: nil))
    }
}
