import Access
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import NIOCore
import NIOSSL
import Operations
import Postgres
import WebAPI

extension Hub {
    /// The channels of a listener: TLS where it is set, limits for every connection.
    func channels(_ tls: ListenerTLS?) -> HTTPServerBuilder {
        let limits = configuration.connectionLimits
        let http = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionGuard(limits: limits, isTLS: tls != nil), ContinueHandler()],
            // ConnectionGuard knows whose turn it is.
            idleTimeout: nil,
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: SizeLimits.head,
                maxHeaderListSize: SizeLimits.head,
                maxHeaderFieldCount: 200
            )
        )
        return HTTPServerBuilder { responder in
            let base = HTTP1Channel(responder: responder, configuration: http)
            guard let tls else { return GuardedChannel(base, limits: limits) }
            return GuardedChannel(try TLSChannel(base, tlsConfiguration: tls.configuration()), limits: limits)
        }
    }

    /// A router with what every listener does before a route is reached.
    func edgeRouter(_ tls: ListenerTLS?, gateway: GatewayHeaders? = nil) -> Hummingbird.Router<HubContext> {
        let router = Router(context: HubContext.self, options: .autoGenerateHeadEndpoints)
        let answers = ErrorAnswers { error in
            (error as? PostgresError)?.isRetriable ?? (error is AuditUnavailable)
        }
        router.add(middleware: SecurityHeadersMiddleware(isTLS: tls != nil))
        router.add(middleware: OutcomeMiddleware(logger: logger, answers: answers))
        router.add(
            middleware: ConnectionMiddleware(
                asksForCertificates: tls.map { $0.clientCertificates != .off } ?? false,
                gateway: gateway
            )
        )
        router.add(middleware: AuditMiddleware(trail: auditTrail, build: Herald.version, answers: answers))
        router.add(middleware: AddressLimitMiddleware(limiter: limiter))
        router.add(middleware: SizeLimitMiddleware())
        return router
    }

    /// How the hub is.
    var health: HealthChecks {
        HealthChecks(
            store: store,
            kafka: configuration.kafka,
            topic: configuration.topic,
            build: configuration.build,
            publicURL: configuration.publicURL,
            staleKeySets: { await access?.keySets.failing() ?? [] }
        )
    }
}
