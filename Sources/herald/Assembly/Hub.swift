import Access
import AsyncHTTPClient
import Deliveries
import EventStream
import Events
import Feeds
import Foundation
import Kafka
import Logging
import MESH
import NIOCore
import Operations
import Outbound
import PDS
import Postgres
import ServiceLifecycle
import Store
import Subscriptions
import UnixSignals
import WebAPI

/// A hub put together: the one place where settings become services.
struct Hub: Sendable {
    let configuration: HubConfiguration
    let pool: PostgresPool
    let store: PostgresStore
    /// Where everything stands that waits.
    let watch: StateWatch<PostgresStore>
    /// The patient directory outside of the database, if there is one.
    let directory: PDSDirectory?
    /// Who may do what over HTTP; nil in a process that serves nobody.
    let access: HubAccess?
    let logger: Logger
    /// Where every access is recorded.
    let auditTrail: any AuditTrail
    /// Tells those who watch how feeds get on.
    let feedWatch: FeedWatch<PostgresStore>
    /// Counts requests, on all listeners.
    let limiter: RateLimiter
    /// What notifications are signed with.
    let deliveryKeys: KeyRing<DeliveryKeys>
    let secrets: WebhookSecrets
    /// What subscribers' header lines are kept with.
    let headers: HeaderVault
    /// What endpoints are connected to with.
    let outbound: OutboundClient
    /// Names this process in every lease.
    let owner = UUID()
    /// Rung when this process has routed something; each wakes one courier.
    private let laneBell = Bell()
    let postBell = Bell()

    init(configuration: HubConfiguration, logger: Logger) throws {
        MetricsSetup.begin()
        self.configuration = configuration
        self.logger = logger
        var database = configuration.database
        // A statement that waits longer holds up a partition, and its member is taken for dead (`delivery.md` §16).
        database.statementTimeout = database.statementTimeout ?? .seconds(30)
        // A process that is suspended inside a transaction must not hold what others have taken over since.
        database.idleTransactionTimeout = max(configuration.lease, .seconds(5))
        pool = PostgresPool(configuration: database, logger: logger)
        directory = configuration.pds.map { PDSDirectory(configuration: $0, logger: logger) }
        // Others neither sign nor show secrets, nor keep what comes by MESH, and need no key file.
        let needsKeys =
            !configuration.roles.isDisjoint(with: [.api, .delivery])
            || configuration.mesh != nil && configuration.roles.contains(.intake)
        deliveryKeys =
            needsKeys
            ? try KeyRing<DeliveryKeys>(directory: configuration.dataDirectory, now: Date())
            : KeyRing<DeliveryKeys>(.generate(now: Date()))
        store = PostgresStore(pool: pool, directory: directory, contents: ContentVault(deliveryKeys))
        auditTrail = GroupedAuditTrail(store: store)
        watch = StateWatch(store: store)
        feedWatch = FeedWatch(store: store, logger: logger)
        secrets = WebhookSecrets(store: store, keys: deliveryKeys)
        headers = HeaderVault(keys: deliveryKeys)
        outbound = try OutboundClient(tls: configuration.delivery.tls)
        limiter = RateLimiter(limits: configuration.rateLimits)
        let serves = configuration.roles.contains(.api) || configuration.roles.contains(.intake)
        access =
            serves
            ? HubAccess(
                configuration: configuration,
                store: store,
                keys: try KeyRing(directory: configuration.dataDirectory, now: Date()),
                limiter: limiter,
                logger: logger
            ) : nil
    }

    /// Brings the schema up to date, waiting for a database that is still away.
    func migrate() async throws {
        var backoff = Backoff(first: .milliseconds(250), longest: .seconds(5))
        while true {
            do {
                let applied = try await Migrator(migrations: SchemaMigrations.all).migrate(on: pool, logger: logger)
                if !applied.isEmpty { logger.info("schema migrated", metadata: ["herald.migrations": "\(applied)"]) }
                return
            } catch PostgresError.migration(name: let name, .failed(let cause))
                where cause.sqlState == .insufficientPrivilege
            {
                throw SchemaNotOurs(migration: name)
            } catch let error as PostgresError where error.isRetriable && !error.isRefusal {
                logger.warning("database not reachable, trying again; check HERALD_DATABASE_URL", error: error)
                try await Task.sleep(for: backoff.next())
            }
        }
    }

    /// Makes what the configuration asks for and is not there yet: reference data, the topic, the national feed's
    /// subscription.
    ///
    /// - Throws: `EventLogMismatch` when the installation has another log, `EventTopicError` for a topic that cannot be used.
    func prepare() async throws {
        if try await store.seed(configuration.reference) {
            logger.info("reference data loaded for the first start; from now on: herald reference load")
        }
        try await registerClients()
        if let kafka = configuration.kafka {
            try await prepare(kafka)
        } else {
            try await store.require(.embedded)
        }
        for folder in [configuration.feedInbox, configuration.extendedAttributes].compactMap(\.self) {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        if let endpoint = configuration.feedEndpoint {
            if let directory = configuration.feedDirectory {
                try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            }
            try await store.ensureFeedSubscription(endpoint: endpoint, types: configuration.feedTypes, now: Date())
        }
    }

    /// Registers the clients of HERALD_AUTH_CONFIG, as they stand there.
    private func registerClients() async throws {
        for client in configuration.auth.clients {
            if try await store.client(client.id) == nil {
                try await store.create(client, by: Setting.authConfig.variable)
            } else {
                try await store.update(client.id, by: Setting.authConfig.variable) { $0 = client }
            }
        }
    }

    /// Looks at the topic, which is made if need be.
    ///
    /// Brokers that are away are no reason not to start: feeds are taken meanwhile, and relays and routers try again.
    private func prepare(_ kafka: KafkaConfiguration) async throws {
        try await store.check(topic: configuration.topic.name)
        let admin = try KafkaAdmin(configuration: kafka, logger: logger)
        guard !configuration.roles.isDisjoint(with: [.relay, .router]) else { return }
        do {
            try await configuration.topic.open(with: admin, register: store)
            try await configuration.topic.check(with: admin, logger: logger)
        } catch let error as KafkaError where error.isRetriable {
            logger.warning(
                "Kafka does not answer, trying again meanwhile; check HERALD_KAFKA_BOOTSTRAP_SERVERS",
                error: error
            )
        }
    }

    /// The services of this process's roles, in the order in which each needs those before it.
    ///
    /// - Parameters:
    ///   - mesh: What MESH is spoken to with; nil where there is none.
    ///   - onListening: Called with the port once requests are taken.
    /// - Returns: The services, none of them running.
    func services(
        mesh: HTTPClient? = nil,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) -> [any Service] {
        var services: [any Service] = [pool]
        let roles = configuration.roles
        // One for the process: its signer counts the requests (`mesh.md` M-21).
        let client = mesh.flatMap { http in configuration.mesh.map { MESHClient(configuration: $0.client, http: http) }
        }
        if roles.contains(.delivery) {
            services += couriers(client)
            services.append(SubscriptionClock(store: store, logger: logger))
        }
        if roles.contains(.router) {
            if let directory { services.append(directory) }
            services.append(eventRouter())
            services.append(
                WaitingPatients(store: store, logger: logger) { [laneBell] in laneBell.ring() }
            )
        }
        if roles.contains(.relay), let kafka = configuration.kafka {
            services.append(
                EventRelay(
                    store: store,
                    configuration: kafka,
                    topic: configuration.topic,
                    source: configuration.publicURL,
                    owner: owner,
                    lease: configuration.lease,
                    logger: logger
                )
            )
        }
        if roles.contains(.intake) {
            var worker = configuration.feedWorker
            worker.lease = configuration.lease
            services.append(
                FeedWorker(
                    store: store,
                    configuration: worker,
                    owner: owner,
                    logger: logger
                )
            )
            services += [feedWatch] + folderServices()
        }
        services.append(
            EventLogWatch(
                register: store,
                topic: configuration.kafka.map { _ in configuration.topic.name },
                logger: logger
            )
        )
        if roles.contains(.api) || roles.contains(.intake) {
            services.append(
                AuditSealer(store: store, retentionDays: configuration.auditRetentionDays, logger: logger)
            )
        }
        services += mailboxIntake(client)
        if let access { services.append(SigningKeyWatch(keys: access.keys, logger: logger)) }
        if !roles.isDisjoint(with: [.api, .delivery]) || mesh != nil && roles.contains(.intake) {
            let keyWatch = DeliveryKeyWatch(
                keys: deliveryKeys,
                secrets: secrets,
                headers: headers,
                store: store,
                logger: logger
            )
            services.append(keyWatch)
        }
        if let listen = configuration.metricsListen { services.append(metricsServer(on: listen)) }
        if let admin = configuration.admin { services.append(adminServer(admin)) }
        services.append(server(onListening))
        return services
    }

    /// The folders that files come from and go to.
    private func folderServices() -> [any Service] {
        var services: [any Service] = []
        if let path = configuration.feedInbox {
            services.append(FeedInbox(path: path, receiver: feedReceiver(), store: store, logger: logger))
        }
        if let folder = configuration.extendedAttributes {
            services.append(ExtendedAttributesForwarder(store: store, folder: folder, logger: logger))
        }
        return services
    }

    /// Runs until a signal asks to stop: taking work stops first, what is in hand is finished.
    func run(onListening: @escaping @Sendable (Int) async -> Void = { _ in }) async throws {
        let mesh = try configuration.mesh?.client.makeHTTPClient()
        defer { mesh?.shutdown { _ in } }
        var group = ServiceGroupConfiguration(
            services: services(mesh: mesh, onListening: onListening),
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        group.maximumGracefulShutdownDuration = .seconds(40)
        try await ServiceGroup(configuration: group).run()
    }

    private func eventRouter() -> any Service {
        guard let kafka = configuration.kafka else {
            let log = EmbeddedEventLog(store: store, owner: owner, lease: configuration.lease, logger: logger)
            return Router(log: log, store: store, logger: logger) { [laneBell, postBell] in
                laneBell.ring()
                postBell.ring()
            }
        }
        let log = KafkaEventLog(
            store: store,
            configuration: kafka,
            topic: configuration.topic,
            lease: configuration.lease,
            logger: logger
        )
        return Router(log: log, store: store, logger: logger) { [laneBell, postBell] in
            laneBell.ring()
            postBell.ring()
        }
    }

    private func couriers(_ mesh: MESHClient?) -> [any Service] {
        var courier = CourierConfiguration(publicURL: configuration.publicURL, version: Herald.version)
        courier.lease = configuration.lease
        courier.limits = configuration.deliveryLimits
        return [
            RestHookCourier(
                store: store,
                poster: RestHookClient(client: outbound, policy: configuration.addressPolicy) { [secrets] in
                    try await secrets.security(of: $0)
                },
                signer: secrets,
                headers: headers,
                recipients: RegisteredRecipients(
                    registrations: access?.clients ?? ClientRegistry(store: store),
                    isProduction: !configuration.isDevelopment
                ),
                configuration: courier,
                owner: owner,
                bell: laneBell,
                logger: logger
            ),
            FeedCourier(
                store: store,
                configuration: courier,
                feed: configuration.feed,
                carrier: feedCarrier(mesh),
                owner: owner,
                logger: logger
            ),
            DeliveryKeeper(store: store, logger: logger),
        ] + postCouriers(mesh, courier) + feedAnswers()
    }
}

/// The schema is old, and the hub's role may not bring it up to date.
struct SchemaNotOurs: Error, CustomStringConvertible {
    let migration: String

    var description: String {
        "the schema lacks \(migration), and the hub's role may not change it: run herald migrate --hub-role as the tables' owner"
    }
}

extension PostgresError {
    /// Whether the server answered and does not want this connection: a wrong password, no such database.
    ///
    /// Waiting mends none of these.
    fileprivate var isRefusal: Bool {
        guard case .connection(let text) = self, text.contains("FATAL:") else { return false }
        return ["starting up", "shutting down", "in recovery", "too many"].allSatisfy { !text.contains($0) }
    }
}
