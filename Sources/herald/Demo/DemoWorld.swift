import Access
import AsyncHTTPClient
import Deliveries
import Events
import EventStream
import Feeds
import Foundation
import Kafka
import Logging
import Messages
import Postgres
import ServiceLifecycle
import Store
import Subscriptions
import UnixSignals
import Vaccination

/// Everything `herald demo` starts: a PostgreSQL server, a hub, and those who listen to it.
struct DemoWorld: Sendable {
    let feeds: SampleFeeds
    let cluster: PrivateCluster
    let broker: InProcessBroker?
    let ledger = NotificationLedger()
    let letters = LetterLedger()
    let folder: DemoFolder
    let logger: Logger
    private let settings: HubConfiguration
    private let usesKafka: Bool
    private let port: Int

    init(settings: HubConfiguration, usesKafka: Bool, port: Int, logger: Logger) throws {
        self.settings = settings
        self.usesKafka = usesKafka
        self.port = port
        self.logger = logger
        feeds = SampleFeeds(seed: 2026, now: Date())
        folder = try DemoFolder(below: settings.dataDirectory)
        for file in feeds.files {
            try Data(file.content).write(to: URL(fileURLWithPath: "\(folder.samples)/\(file.name)"))
        }
        cluster = PrivateCluster(directory: folder.cluster, durable: true)
        broker = usesKafka && settings.kafka == nil ? try InProcessBroker(logger: logger) : nil
    }

    /// Plays the story.
    ///
    /// - Parameter staysUp: Whether to go on serving afterwards, until a signal.
    /// - Returns: Whether everything was as it must be.
    /// - Throws: What stopped the story before its end.
    func run(staysUp: Bool) async throws -> Bool {
        DemoStory.title()
        let listeners = SinkServer(
            ledger: ledger,
            listen: ListenAddress(host: "127.0.0.1", port: 0),
            logger: logger
        )
        let started = AsyncStream<Int>.makeStream()
        let sinkGroup = ServiceGroup(
            services: [listeners.service { started.continuation.yield($0) }],
            logger: logger
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sinkGroup.run() }
            guard let sinkPort = await started.stream.first(where: { _ in true }) else { return false }
            let succeeded: Bool
            do {
                succeeded = try await withHub(sinkPort: sinkPort, staysUp: staysUp)
            } catch {
                group.cancelAll()
                throw error
            }
            await sinkGroup.triggerGracefulShutdown()
            try await group.waitForAll()
            return succeeded
        }
    }

    /// Stops what is not a service of a group.
    func stop() async {
        broker?.close()
        await cluster.stop()
    }

    private func withHub(sinkPort: Int, staysUp: Bool) async throws -> Bool {
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        do {
            let succeeded = try await withMESH(client) { mesh in
                let hub = try await makeHub(mesh)
                try await hub.migrate()
                try await prepare(hub, sinkPort: sinkPort, mesh)
                return try await play(hub, client, mesh, staysUp: staysUp)
            }
            try await client.shutdown()
            return succeeded
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    /// Has a MESH server and the receivers at its mailboxes run beside what is done, where Python has one.
    private func withMESH(
        _ client: HTTPClient,
        _ body: (DemoMESH?) async throws -> Bool
    ) async throws -> Bool {
        guard let python = DemoMESH.python() else {
            DemoStory.step(
                "There is no mesh-sandbox: GP practices get FHIR notifications by HTTP, the National Immunisation Service files "
                    + "in a folder, child health nothing"
            )
            return try await body(nil)
        }
        DemoStory.step("Starting NHS Digital's mesh-sandbox")
        let receivers = feeds.practices.map(DemoMESH.owner) + [DemoMESH.national, DemoMESH.childHealth]
        let mesh = try await DemoMESH.start(
            python: python,
            folder: folder.mesh,
            owners: [DemoMESH.hub] + receivers,
            client: client
        )
        let mailboxes = try SampleMailboxes(
            receivers,
            of: mesh,
            http: client,
            ledger: letters,
            feedFolder: folder.nationalFeed,
            logger: logger
        )
        do {
            let succeeded = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await mailboxes.run() }
                defer { group.cancelAll() }
                return try await body(mesh)
            }
            await mesh.stop()
            return succeeded
        } catch {
            await mesh.stop()
            throw error
        }
    }

    /// Runs the hub's services and the story beside them.
    private func play(_ hub: Hub, _ client: HTTPClient, _ mesh: DemoMESH?, staysUp: Bool) async throws -> Bool {
        let started = AsyncStream<Int>.makeStream()
        var configuration = ServiceGroupConfiguration(
            services: hub.services(mesh: mesh == nil ? nil : client) { started.continuation.yield($0) },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = .seconds(40)
        let serviceGroup = ServiceGroup(configuration: configuration)
        return try await withThrowingTaskGroup(of: Bool?.self) { group in
            group.addTask {
                defer { started.continuation.finish() }
                try await serviceGroup.run()
                return nil
            }
            guard await started.stream.first(where: { _ in true }) != nil else {
                _ = try await group.next()
                return false
            }
            group.addTask {
                let story = DemoStory(
                    world: self,
                    hub: hub,
                    client: client,
                    databaseURL: hub.configuration.database.url,
                    mesh: mesh
                )
                let succeeded = try await story.play()
                if staysUp {
                    try await story.invite()
                } else {
                    await serviceGroup.triggerGracefulShutdown()
                }
                return succeeded
            }
            var succeeded = false
            for try await outcome in group { succeeded = outcome ?? succeeded }
            return succeeded
        }
    }

    private func makeHub(_ mesh: DemoMESH?) async throws -> Hub {
        DemoStory.step("Starting a private PostgreSQL")
        let url = try await cluster.start()
        let listen = ListenAddress(host: "127.0.0.1", port: FreePort.isFree(port) ? port : try FreePort.find())
        var configuration = settings
        configuration.database = try PostgresConfiguration(url: url)
        configuration.database.maximumConnections = 16
        configuration.listen = listen
        configuration.publicURL = "http://" + listen.text
        configuration.isDevelopment = true
        // All endpoints are on one address here, which need not be spared.
        configuration.deliveryLimits.ratePerOrigin = 100_000
        configuration.deliveryLimits.burstPerOrigin = 100_000
        configuration.deliveryLimits.inFlightPerOrigin = 64
        configuration.deliveryLimits.inFlightPerClient = 64
        configuration.roles = Set(HubConfiguration.Role.allCases)
        configuration.dataDirectory = folder.dataDirectory
        configuration.feedDirectory = folder.nationalFeed
        configuration.feed.interval = .seconds(1)
        configuration.feed.writesEmptyRuns = false
        configuration.feedWorker.idlePause = .milliseconds(100)
        // A demonstration takes little, on a machine that may be as full as it likes.
        configuration.feedWorker.diskLimit = nil
        if let mesh { try configuration.reach(mesh, runsWaitIn: folder.waitingFeed) }
        if let broker {
            DemoStory.step("Starting a Kafka broker inside this process at \(broker.bootstrapServers)")
            configuration.kafka = KafkaConfiguration(bootstrapServers: broker.bootstrapServers)
            try broker.createTopic(configuration.topic.name, partitions: 12)
        } else if usesKafka {
            DemoStory.step("Using the Kafka brokers of HERALD_KAFKA_BOOTSTRAP_SERVERS")
            // A topic and a group of this run's own: an old run's events are not this one's.
            configuration.topic.name += ".demo-\(UUID().uuidString.prefix(8).lowercased())"
            configuration.topic.group += "-\(configuration.topic.name)"
        } else {
            configuration.kafka = nil
        }
        return try Hub(configuration: configuration, logger: logger)
    }

    /// Loads practices, patients and the subscriber, each with its endpoint.
    private func prepare(_ hub: Hub, sinkPort: Int, _ mesh: DemoMESH?) async throws {
        try await hub.prepare()
        let endpoint = "http://127.0.0.1:\(sinkPort)"
        try await hub.store.load(
            practices: feeds.practices.map { practice in
                Practice(
                    odsCode: practice.code,
                    name: practice.name,
                    // By MESH the mailbox is looked up.
                    endpoint: mesh == nil ? "\(endpoint)/gp/\(practice.code)" : Subscription.mailboxPrefix,
                    subLocation: practice.subLocationCode
                )
            }
        )
        try await hub.store.load(
            patients: feeds.patients.compactMap { patient in
                NHSNumber(patient.nhsNumber).map { PatientRegistration(nhsNumber: $0, practice: patient.practiceCode) }
            }
        )
        try await hub.store.create(
            Subscription(
                id: .init(UUID()),
                audience: .subscriber,
                channel: .restHook,
                reason: "The demo's subscriber: everything",
                client: "operator",
                endpoint: endpoint + "/subscriber",
                maxCount: 10,
                createdAt: Date()
            )
        )
        try await registerReaders(hub)
        try await registerChildHealth(hub)
        DemoStory.step(
            "Loaded \(feeds.practices.count) practices, \(feeds.patients.count) patients and one subscriber; their sample "
                + "endpoints listen at \(endpoint)"
        )
    }

    /// Registers the clients that the story and README ask for tokens with; they may do everything with every type.
    private func registerReaders(_ hub: Hub) async throws {
        for id in ["demo-reader", "me"].compactMap({ ClientID($0) }) {
            try await hub.store.create(
                RegisteredClient(
                    id: id,
                    name: "The demo's reader",
                    scopes: Scopes(parsing: "system/Immunization.cruds patient/Immunization.rs herald/admin.read"),
                    permissions: .everything
                ),
                by: "demo"
            )
        }
    }

    /// Registers the client of child health, with what it may subscribe to (`nems.md` §4.5).
    private func registerChildHealth(_ hub: Hub) async throws {
        guard let id = ClientID("demo-child-health") else { return }
        var client = RegisteredClient(
            id: id,
            name: "The demo's child health service",
            scopes: Scopes(parsing: "system/Subscription.crds")
        )
        client.odsCodes = [DemoMESH.childHealth.odsCode]
        client.eventRights.kinds = [.generic]
        client.eventRights.events = [DemoMESH.eventWorkflow]
        client.eventRights.mailboxes = [DemoMESH.childHealth.mailbox: DemoMESH.childHealth.odsCode]
        try await hub.store.create(client, by: "demo")
    }
}

extension HubConfiguration {
    /// Sends by the demonstration's MESH server what has its way there.
    fileprivate mutating func reach(_ demo: DemoMESH, runsWaitIn folder: String) throws {
        var settings = MESHSettings(client: try demo.configuration(of: DemoMESH.hub))
        settings.pollInterval = .seconds(1)
        mesh = settings
        feedDirectory = folder
        feed.spool = folder
        feedMailbox = DemoMESH.national.mailbox
        nationalEvents = EventSender(asid: "999999999999", contact: "herald@example.nhs.uk")
    }
}
