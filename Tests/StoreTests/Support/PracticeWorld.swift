import Deliveries
import Events
import FHIR
import Feeds
import Foundation
import HeraldTestKit
import Logging
import Messages
import Postgres
import ServiceLifecycle
import Store
import Subscriptions
import Synchronization
import Testing
import Vaccination

/// Two practices with mailboxes, a patient of the first one, and a post office of the test's making.
struct PracticeWorld {
    let intake: Intake
    let office: ScriptedOffice
    let settings: PracticeSettings
    let logger: Logger
    private let files = FileNumber()

    var store: PostgresStore { intake.store }
    var pool: PostgresPool { intake.pool }

    static var settings: PracticeSettings {
        PracticeSettings(sender: DocumentSender(odsCode: "X26", mailbox: "X26HERALD1"))
    }

    /// The patient of the sample rows, and another one.
    let number: NHSNumber
    let otherNumber = NHSNumber.sample(7)

    /// Lends a world whose practices have these endpoints, or mailboxes of their own.
    static func with(
        _ settings: PracticeSettings = settings,
        endpoint: String? = nil,
        logger: Logger = .silent,
        answer: (@Sendable (ScriptedOffice.Post, Int) async throws(PostError) -> PostReceipt)? = nil,
        _ body: (PracticeWorld) async throws -> Void
    ) async throws {
        let number = try #require(NHSNumber("9990548609"))
        try await withIntake { intake in
            let world = PracticeWorld(
                intake: intake,
                office: answer.map { ScriptedOffice($0) } ?? ScriptedOffice(),
                settings: settings,
                logger: logger,
                number: number
            )
            try await intake.store.load(
                practices: ["A81001", "B82002"].map {
                    Practice(odsCode: $0, name: "Practice \($0)", endpoint: endpoint ?? "mesh:\($0)GP1")
                }
            )
            try await world.register(number, at: "A81001")
            try await body(world)
        }
    }

    func register(_ number: NHSNumber? = nil, at practice: String) async throws {
        let patient = PatientRegistration(nhsNumber: number ?? self.number, practice: practice)
        try await store.load(patients: [patient], columns: [.practice])
    }

    /// Applies a row and routes its event.
    func apply(_ row: SampleFeed.Row, type: String = "FLU") async throws {
        let summary = try await intake.apply(SampleFeed([row], type: type, number: files.next()))
        #expect(summary.counts.rejected == 0)
        try await store.routeAll()
    }

    private var writer: PracticeWriter<PostgresStore, ScriptedOffice> {
        PracticeWriter(store: store, office: office, settings: settings, logger: logger)
    }

    var courier: PostCourier<PostgresStore, ScriptedOffice> {
        var configuration = CourierConfiguration(publicURL: "https://herald.example.nhs.uk", version: "1.0")
        configuration.idlePause = .milliseconds(20)
        configuration.breakerInterval = .milliseconds(50)
        return PostCourier(
            store: store,
            office: office,
            writers: [.gp: writer],
            configuration: configuration,
            environment: CourierEnvironment(jitter: { 0.002 }),
            owner: UUID(),
            logger: logger
        )
    }

    var resender: LetterResender<PostgresStore, ScriptedOffice> {
        LetterResender(
            store: store,
            office: office,
            writers: [.gp: writer],
            pause: .milliseconds(20),
            logger: logger
        )
    }

    /// Posts everything that is there.
    func post() async throws {
        try await running([courier]) {
            try await eventually(within: .seconds(40), "everything posted") {
                try await store.allProgress().allSatisfy { $0.deliveredThrough == $0.lastNumber }
            }
        }
    }

    /// Puts the lanes back, as a crash before their last write would have left them.
    func rewind() async throws {
        try await pool.query("UPDATE lane SET delivered_through = 0")
        try await pool.query(
            "INSERT INTO lane_ready (subscription_id) SELECT subscription_id FROM lane ON CONFLICT DO NOTHING"
        )
    }

    func report(_ message: String, _ id: String) async throws {
        let report = MailboxReport(messageID: message, localID: nil, code: "14", text: "not collected")
        let notice = MailboxNotice(id: id, kind: .report(report), sender: nil, workflow: settings.workflow)
        _ = try await store.take(report, notice, in: "X26HERALD1")
    }

    /// Why nothing was sent, in alphabetical order.
    func reasons() async throws -> [String] {
        try await pool.query("SELECT reason FROM letter WHERE state = 'none' ORDER BY reason")
            .map { try $0.decode("reason", as: String.self) }
    }

    /// What the lane with events waits for.
    func lastError() async throws -> String? {
        try await store.allProgress().compactMap(\.lastError).first
    }

    var documents: [SentDocument] {
        get throws { try office.posts.map { try SentDocument($0.letter) } }
    }

    func documents(to mailbox: String) throws -> [SentDocument] {
        try office.posts.filter { $0.letter.recipient == mailbox }.map { try SentDocument($0.letter) }
    }
}

/// What of a message the tests look at, read out of its XML.
struct SentDocument {
    let messageID: String
    let composition: String
    let version: String?
    let status: String?
    let replaces: String?
    let patient: String?

    init(_ letter: Letter) throws {
        let bundle = try STU3XMLReader.resource(in: letter.body)
        let entries = bundle["entry"]?.array?.compactMap { $0["resource"] } ?? []
        let document = try #require(entries.last)
        let resources = document["entry"]?.array?.compactMap { $0["resource"] } ?? []
        let composition = try #require(resources.first { $0["resourceType"]?.string == "Composition" })
        messageID = try #require(entries.first?["id"]?.string)
        self.composition = try #require(composition["identifier"]?["value"]?.string)
        version = composition["meta"]?["versionId"]?.string
        status = composition["status"]?.string
        replaces = composition["relatesTo"]?[0]?["targetIdentifier"]?["value"]?.string
        let patient = resources.first { $0["resourceType"]?.string == "Patient" }
        self.patient = patient?["identifier"]?[0]?["value"]?.string
    }
}

/// Numbers the files of a test.
private final class FileNumber: Sendable {
    private let last = Mutex(0)

    func next() -> Int {
        last.withLock { number in
            number += 1
            return number
        }
    }
}

/// Keeps what is logged, metadata and all.
final class LinesLog: Sendable {
    private let kept = Mutex<[String]>([])

    var lines: [String] { kept.withLock(\.self) }

    struct Handler: LogHandler {
        let log: LinesLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let more = event.metadata.map { "\($0)" } ?? ""
            let error = event.error.map { "\($0)" } ?? ""
            log.kept.withLock { $0.append("\(event.message) \(more) \(error)") }
        }
    }
}
