import Access
import Feeds
import Foundation
import Hummingbird
import Logging
import Postgres
import ServiceLifecycle
import Store
import WebAPI

extension Hub {
    /// The HTTP side of this process's roles, as a service.
    ///
    /// - Parameter onListening: Called with the port once requests are taken.
    /// - Returns: The server.
    func server(_ onListening: @escaping @Sendable (Int) async -> Void) -> any Service {
        Application(
            router: router(),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.listen.host, port: configuration.listen.port),
                serverName: "Herald"
            ),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: Self.quiet(logger)
        )
    }

    /// The routes of this process's roles.
    ///
    /// Every role answers `/_ping` and `/_status`.
    func router() -> Hummingbird.Router<HubContext> {
        let router = Router(context: HubContext.self)
        router.add(
            middleware: OutcomeMiddleware(logger: logger) { error in (error as? PostgresError)?.isRetriable ?? false }
        )
        DiscoveryRoutes(keys: keys, publicURL: configuration.publicURL) {
            (try? await store.ping()) != nil
        }.add(to: router)
        if let keys {
            let verifier = TokenVerifier(
                keys: keys,
                issuer: configuration.publicURL,
                audience: configuration.audience,
                now: { Date() }
            )
            let bearer = BearerMiddleware(verifier: verifier, clients: ClientRegistry(store: store))
            if configuration.roles.contains(.intake) {
                let feeds = router.group("feeds").add(middleware: bearer)
                FeedRoutes(receiver: FeedReceiver(store: store), store: store).add(to: feeds)
                AcknowledgementRoutes(store: store).add(to: feeds)
            }
            if configuration.roles.contains(.api) {
                HistoryRoutes(store: store, publicURL: configuration.publicURL)
                    .add(to: router.group("FHIR/R4/Immunization").add(middleware: bearer))
            }
        }
        return router
    }

    /// Hummingbird says at `info` what Herald says itself.
    private static func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .notice)
        return logger
    }
}
