import Access
import Feeds
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import Messages
import NIOCore
import Operations
import Postgres
import Prometheus
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
            server: channels(configuration.tls),
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
        let router = edgeRouter(configuration.tls, gateway: configuration.gateway)
        addHealth(to: router)
        addMetrics(to: router)
        if configuration.roles.contains(.api) { WebhookKeyRoutes(keys: deliveryKeys).add(to: router) }
        if let access { addAuthorizationServer(access, to: router) }
        if configuration.admin == nil { addOperations(to: router) }
        if let bearer {
            if configuration.roles.contains(.intake) {
                let limits = configuration.feedWorker.limits
                let feeds = router.group("feeds").add(middleware: bearer)
                FeedControlRoutes(store: store).add(to: feeds)
                UploadRoute(receiver: feedReceiver(), store: store, limits: limits).add(to: feeds)
                FeedRoutes(store: store).add(to: feeds)
                ReportRoute(store: store).add(to: feeds)
                ProgressRoute(store: store, watch: feedWatch).add(to: feeds)
                AcknowledgementRoutes(store: store).add(to: feeds)
            }
            if configuration.roles.contains(.api) {
                let immunizations = router.group("FHIR/R4/Immunization")
                    .add(middleware: bearer).add(middleware: AcceptMiddleware())
                let redacts = configuration.redactsRestricted
                SearchRoutes(searches(below: "/FHIR/R4")).add(to: immunizations)
                RecordReadRoutes(store: store, publicURL: configuration.publicURL, redactsRestricted: redacts)
                    .add(to: immunizations)
                RecordWriteRoutes(store: store, publicURL: configuration.publicURL, redactsRestricted: redacts)
                    .add(to: immunizations)
                addOlderHistory(to: router, behind: bearer)
                SubscriptionSecretRoutes(secrets: secrets)
                    .add(to: router.group("FHIR/R4/Subscription").add(middleware: bearer))
                DeliveryLogRoutes(store: store, publicURL: configuration.publicURL)
                    .add(
                        to: router.group("FHIR/R4/Subscription").add(middleware: bearer)
                            .add(middleware: AcceptMiddleware())
                    )
                addSubscriptions(to: router, behind: bearer)
                EventSubscriptionRoutes(
                    store: store,
                    publicURL: configuration.publicURL,
                    asid: configuration.nationalEvents?.asid
                )
                .add(to: router.group("STU3/Subscription").add(middleware: SpineMiddleware()).add(middleware: bearer))
                AuditEventRoutes(trail: store, publicURL: configuration.publicURL)
                    .add(
                        to: router.group("FHIR/R4/AuditEvent").add(middleware: bearer)
                            .add(middleware: AcceptMiddleware())
                    )
            }
        }
        DiscoveryRoutes(publicURL: configuration.publicURL).add(to: router)
        router.refuseOtherMethods()
        return router
    }

    /// The older API, where it is switched on (`immunisation-history.md` §12).
    private func addOlderHistory(to router: Hummingbird.Router<HubContext>, behind bearer: BearerMiddleware) {
        guard let path = configuration.olderHistoryPath else { return }
        OlderSearchRoutes(searches(below: path))
            .add(
                to: router.group("\(path.dropFirst())/Immunization")
                    .add(middleware: OlderErrorMiddleware()).add(middleware: bearer)
            )
    }

    private func searches(below path: String) -> SearchEngine<PostgresStore> {
        SearchEngine(
            store: store,
            baseURL: configuration.publicURL + path,
            redactsRestricted: configuration.redactsRestricted
        )
    }

    /// The listener for operators alone, where there is one.
    func adminServer(_ admin: AdminListener) -> any Service {
        let router = edgeRouter(admin.tls)
        addHealth(to: router)
        addOperations(to: router)
        router.refuseOtherMethods()
        return Application(
            router: router,
            server: channels(admin.tls),
            configuration: ApplicationConfiguration(
                address: .hostname(admin.listen.host, port: admin.listen.port),
                serverName: "Herald"
            ),
            logger: Self.quiet(logger)
        )
    }

    private func addHealth(to router: Hummingbird.Router<HubContext>) {
        HealthRoutes(build: configuration.build, key: configuration.statusKey) { await health.report() }
            .add(to: router)
    }

    /// The dashboard and what it asks.
    private func addOperations(to router: Hummingbird.Router<HubContext>) {
        guard configuration.roles.contains(.api), let bearer else { return }
        DashboardRoutes().add(to: router)
        OperationsRoutes(store: store, watch: watch)
            .add(to: router.group("admin").add(middleware: bearer).add(middleware: OperatorMiddleware()))
    }

    /// What every way in ends at.
    func feedReceiver() -> FeedReceiver<PostgresStore> {
        FeedReceiver(store: store, limits: configuration.feedWorker.limits)
    }

    /// Lets nobody past without a valid access token; nil in a process without the signing keys.
    private var bearer: BearerMiddleware? { access?.bearer }

    /// Where tokens are to be had, and what checks them.
    private func addAuthorizationServer(_ access: HubAccess, to router: Hummingbird.Router<HubContext>) {
        AuthorizationServerRoutes(keys: access.keys, offer: access.offer).add(to: router)
        if let endpoint = access.endpoint {
            TokenRoute(endpoint: endpoint, limiter: limiter, logger: logger).add(to: router)
        }
    }

    /// `/metrics` beside the other routes: for operators with a token, or on a developer's own machine.
    private func addMetrics(to router: Hummingbird.Router<HubContext>) {
        let routes = MetricsRoutes { await metricsText() }
        if configuration.isDevelopment {
            routes.add(to: router.group("metrics"))
        } else if let bearer {
            routes.add(to: router.group("metrics").add(middleware: bearer).add(middleware: OperatorMiddleware()))
        }
    }

    /// The listener for Prometheus, which cannot hold a token of ten minutes: whoever can connect may read.
    func metricsServer(on listen: ListenAddress) -> any Service {
        let router = Router(context: HubContext.self)
        MetricsRoutes { await metricsText() }.add(to: router.group("metrics"))
        return Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname(listen.host, port: listen.port),
                serverName: "Herald"
            ),
            logger: Self.quiet(logger)
        )
    }

    private func metricsText() async -> String {
        var text = MetricsText()
        MetricsSetup.registry.write(to: &text)
        ProcessMetrics.write(to: &text, log: configuration.kafka == nil ? "embedded" : "kafka")
        let reading = await watch.reading()
        text.gauge("herald.database.up", "Whether the database answered.", [([], reading == nil ? 0 : 1)])
        reading?.state.write(to: &text)
        return text.text
    }

    /// Hummingbird says at `info` what Herald says itself.
    private static func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .notice)
        return logger
    }
}
