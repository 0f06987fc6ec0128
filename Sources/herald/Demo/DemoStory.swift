import AsyncHTTPClient
import Events
import FHIR
import Feeds
import Foundation
import Messages
import NIOCore
import NIOHTTP1
import Store
import Subscriptions
import WebAPI

/// What `herald demo` does and says, step by step.
struct DemoStory: Sendable {
    let world: DemoWorld
    let hub: Hub
    let client: HTTPClient
    /// The private server's address.
    let databaseURL: String
    /// By what GP practices, child health and the National Immunisation Service are reached; nil for HTTP and a folder.
    let mesh: DemoMESH?

    /// How long everything may take to arrive.
    private static let patience: Duration = .seconds(120)

    static func title() {
        Console.line("Herald \(Herald.version): feeds in, records kept, events out, history answered\n")
    }

    static func step(_ text: String) { Console.line("==> \(text)") }

    private var baseURL: String { hub.configuration.publicURL }

    private func token(_ scope: String, client: String) async throws -> String {
        try await TokenMaker(dataDirectory: hub.configuration.dataDirectory, publicURL: baseURL)
            .make(client: client, scope: scope, patient: nil)
    }

    private var hubClient: HubClient {
        HubClient(client: client, baseURL: baseURL) { try await token(TokenMaker.operatorScope, client: "demo-site") }
    }

    /// Who reads: sites send for their suppliers and search nothing.
    private var reader: HubClient {
        HubClient(client: client, baseURL: baseURL) {
            try await token("system/Immunization.rs", client: "demo-reader")
        }
    }

    /// Uploads the feeds, waits for every delivery, and checks.
    ///
    /// - Returns: Whether everything was as it must be.
    func play() async throws -> Bool {
        Self.step("The hub listens at \(baseURL)")
        if mesh != nil { try await subscribeChildHealth() }
        var checks = DemoChecks(feeds: world.feeds)
        let site = hubClient
        for file in world.feeds.files {
            let feed = try await upload(file, to: site)
            checks.check(feed, against: file, rejected: try await site.rejectedRows(of: feed.id))
        }
        try await waitForDeliveries()
        if mesh == nil {
            checks.checkPractices(world.ledger)
        } else {
            checks.checkDocuments(world.letters)
            checks.checkAnswers(try await answeredDocuments())
            checks.checkChildHealth(world.letters)
        }
        checks.checkSubscriber(world.ledger)
        try checks.checkNationalFeed(FeedRunReader(directory: world.folder.nationalFeed))
        try await checks.checkHistory(at: reader)
        Console.line()
        for (name, problems) in checks.results {
            Console.line(problems.isEmpty ? "  ok      \(name)" : "  FAILED  \(name)")
            for problem in problems.prefix(5) { Console.line("            \(problem)") }
        }
        Console.line(checks.isFine ? "\nEverything arrived exactly once and in order." : "\nSomething is wrong.")
        return checks.isFine
    }

    private func upload(_ file: SampleFile, to site: HubClient) async throws -> FeedView {
        Self.step("Uploading \(file.name), \(file.rows.count) rows")
        var feed = try await site.upload(
            file: "\(world.folder.samples)/\(file.name)",
            key: UUID().uuidString
        ) { _ in }
        let deadline = ContinuousClock.now + Self.patience
        while !feed.isFinal, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(50))
            feed = try await site.feed(feed.id)
        }
        Console.line("    \(feed.status): \(feed.accepted) accepted, \(feed.rejected) rejected")
        for row in try await site.rejectedRows(of: feed.id).prefix(2) {
            guard let finding = row.findings.first else { continue }
            Console.line("    row \(row.row), \(finding.column ?? "the row"): \(finding.advice)")
        }
        return feed
    }

    private func waitForDeliveries() async throws {
        let expected = world.feeds.events.count
        let matched =
            world.feeds.events.count { $0.practiceCode != nil } + world.feeds.events.count { $0.nhsNumber != nil }
        Self.step("Waiting until \(matched) notifications and \(expected) feed rows have arrived")
        let deadline = ContinuousClock.now + Self.patience
        var isComplete = false
        while !isComplete, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(100))
            let lanes = try await hub.store.allProgress()
            let waiting = lanes.reduce(0) { $0 + $1.lastNumber - $1.deliveredThrough }
            let unrouted = try await hub.store.depth().waiting
            let national = lanes.first { $0.subscription.audience == .nis }?.lastNumber ?? 0
            isComplete = try waiting == 0 && unrouted == 0 && national == expected && hasEmptiedMailboxes(expected)
        }
        let gp = world.ledger.received.count { $0.endpoint.hasPrefix("/gp/") }
        if mesh == nil {
            Console.line(
                "    GP practices: \(gp) notifications; subscriber: \(world.ledger.received.count - gp) events"
            )
        } else {
            let documents = world.letters.count(of: DemoMESH.practiceWorkflow)
            let events = world.letters.count(of: DemoMESH.eventWorkflow)
            Console.line("    GP practices: \(documents) documents; child health: \(events) events; both by MESH")
            Console.line("    subscriber: \(world.ledger.received.count) events")
        }
        Console.line("    National Immunisation Service: feed files in \(world.folder.nationalFeed)")
    }

    /// Whether receivers have taken what lies in their mailboxes.
    private func hasEmptiedMailboxes(_ rows: Int) throws -> Bool {
        guard mesh != nil else { return true }
        let documents = world.feeds.events.count { $0.practiceCode != nil }
        let fed = try FeedRunReader(directory: world.folder.nationalFeed).manifests().reduce(0) { $0 + $1.totals.rows }
        return fed >= rows && world.letters.count(of: DemoMESH.practiceWorkflow) >= documents
    }

    /// How many documents are in which state, once all were filed or patience is over.
    private func answeredDocuments() async throws -> [String: Int] {
        let deadline = ContinuousClock.now + Self.patience
        var counts = try await hub.store.documentCounts()
        while counts.keys.contains(where: { $0 != "filed" }), ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(200))
            counts = try await hub.store.documentCounts()
        }
        return counts
    }

    /// Subscribes child health to the children of an area's practices, as at NEMS.
    private func subscribeChildHealth() async throws {
        let service = DemoMESH.childHealth
        let criteria =
            "/Bundle?type=message&serviceType=CHO&subscriptionRuleType=CHO_GP_CCG"
            + "&Organization.identifier=\(service.odsCode)&MessageHeader.event=vaccinations-1&Patient.age=lt10&tag=demo"
        let subscription: JSONValue = [
            "resourceType": "Subscription",
            "meta": ["profile": ["https://fhir.nhs.uk/STU3/StructureDefinition/EMS-Subscription-1"]],
            "status": "requested",
            "contact": [
                [
                    "system": "url", "use": "work",
                    "value": .string("https://directory.spineservices.nhs.uk/STU3/Organization/\(service.odsCode)"),
                ]
            ],
            "reason": "The demo's child health service",
            "criteria": .string(criteria),
            "channel": ["type": "message", "endpoint": .string(service.mailbox)],
        ]
        var request = HTTPClientRequest(url: baseURL + "/STU3/Subscription")
        request.method = .POST
        let token = try await token("system/Subscription.crds", client: "demo-child-health")
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        request.headers.add(name: "Content-Type", value: "application/fhir+json")
        request.headers.add(name: "Accept", value: "application/fhir+json")
        request.body = .bytes(subscription.bytes)
        let response = try await client.execute(request, timeout: .seconds(30))
        guard response.status == .created else {
            throw CommandFailure("child health's subscription was refused with \(response.status.code)")
        }
        Self.step("Child health has subscribed to the children of the practices of \(service.odsCode)")
    }

    /// Says how to go on by hand.
    func invite() async throws {
        let token = try await token("system/Immunization.cruds herald/admin.read", client: "demo-reader")
        let patient = world.feeds.liveRecords.compactMap(\.nhsNumber).first ?? ""
        let search = "\(baseURL)/FHIR/R4/Immunization?patient:identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C"
        let sample = world.feeds.files.first.map { "\(world.folder.samples)/\($0.name)" } ?? "FILE"
        Console.line(
            """

            The hub stays up; stop it with Ctrl-C. Go on by hand in another terminal:

            export HERALD_DATABASE_URL='\(databaseURL)'
            export HERALD_DATA_DIR='\(hub.configuration.dataDirectory)' HERALD_PUBLIC_URL=\(baseURL) HERALD_DEVELOPMENT=true
            TOKEN=\(token)

            # a patient's history, as FHIR and as a table
            curl -s -H "Authorization: Bearer $TOKEN" '\(search)\(patient)'
            \(program) history \(patient)
            # what was uploaded; upload a feed of your own (these are the samples, to be edited and renamed)
            \(program) feeds
            \(program) ingest --wait '\(sample)'
            # subscribe an endpoint of your own: start the sample subscriber, then tell the hub of it
            \(program) sink --port 8499
            \(program) subscriptions create --endpoint http://127.0.0.1:8499/ --vaccine-type FLU
            # who is told of what, and the feed to the National Immunisation Service
            \(program) subscriptions
            ls '\(world.folder.nationalFeed)'
            # the token is good for ten minutes; a new one:
            \(program) token --client me --scope 'system/Immunization.cruds herald/admin.read'
            """
        )
    }

    /// The program as it was started.
    private var program: String { CommandLine.arguments.first ?? "herald" }
}
