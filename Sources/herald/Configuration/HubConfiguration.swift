import Access
import Deliveries
import EventStream
import Feeds
import Foundation
import Kafka
import Messages
import Logging
import Operations
import Outbound
import PDS
import Postgres
import Vaccination
import WebAPI

/// What a hub process is told, with its defaults.
struct HubConfiguration: Sendable {
    var database: PostgresConfiguration
    /// The log's broker; nil for the embedded log.
    var kafka: KafkaConfiguration?
    var topic = EventTopic()
    var listen = ListenAddress(host: "127.0.0.1", port: 8480)
    /// Where `/metrics` is served to whoever can connect; nil for nowhere.
    var metricsListen: ListenAddress?
    /// How the listener speaks TLS; nil for plain HTTP.
    var tls: ListenerTLS?
    /// What a gateway in front of the listener passes on.
    var gateway: GatewayHeaders?
    /// Where operators connect; nil for where everybody does.
    var admin: AdminListener?
    var rateLimits = RateLimits()
    var connectionLimits = ConnectionLimits()
    /// What `/_status` is asked with; nil: nobody may.
    var statusKey: StatusKey?
    /// Which build this is, as whoever deploys it says.
    var build = BuildIdentity(version: Herald.version)
    /// The address clients use, without a slash at its end.
    var publicURL: String
    var dataDirectory = ".herald"
    var roles = Set(Role.allCases)
    /// How long a process may be silent before others take over its work.
    var lease: Duration = .seconds(15)
    var logLevel = Logger.Level.info
    var logFormat = LogFormat.text
    var isDevelopment = false
    /// Who is trusted beside the built-in issuer, and how tokens are to be had.
    var auth = AuthConfiguration()
    /// The patient directory outside of the database, if there is one.
    var pds: PDSConfiguration?
    /// Folder of the feed to the National Immunisation Service.
    var feedDirectory: String?
    /// The mailbox that its runs are sent to; nil where they stay in the folder.
    var feedMailbox: String?
    /// The workflow they are sent with.
    var feedWorkflow = "NIS_VACC_FEED"
    /// The vaccine types in it; nil for whatever the subscription says, which is all at first.
    var feedTypes: Set<String>?
    /// Watched folder that feeds are taken from.
    var feedInbox: String?
    /// Folder that extended attributes files are passed on to.
    var extendedAttributes: String?
    var feed: FeedSettings
    var feedWorker = FeedWorkerConfiguration()
    /// What is sent to endpoints at once, and how fast.
    var deliveryLimits = DeliveryLimits()
    /// The mailbox that feeds come into; nil for none.
    var mesh: MESHSettings?
    /// What GP practices get by MESH.
    var gp = GPSettings()
    /// In whose name national events are sent; nil where none are.
    var nationalEvents: EventSender?
    /// Whether restricted people's records are redacted where they are shown (`immunisation-history.md` §6).
    var redactsRestricted = true
    /// The path of the older history API, beginning with a slash; nil where it is switched off.
    var olderHistoryPath: String? = "/immunisation-history/FHIR/R4"
    /// How many days audit records are kept.
    var auditRetentionDays = 2922
    /// How endpoints are connected to.
    var delivery = DeliverySettings()
    /// How many subscriptions an API client may have.
    var subscriptionLimit = 10_000
    /// What a new installation begins with; one that has reference data of its own keeps that.
    var reference = ReferenceData.builtIn

    init(database: PostgresConfiguration, feedODSCode: ODSCode, publicURL: String = "http://127.0.0.1:8480") {
        self.database = database
        self.publicURL = publicURL
        feed = FeedSettings(odsCode: feedODSCode)
    }

    /// What is issued as `aud`: the FHIR base.
    var audience: String { publicURL + "/FHIR/R4" }

    /// Where the feed to the National Immunisation Service goes; nil where there is none.
    var feedEndpoint: String? { feedMailbox.map { "mesh:\($0)" } ?? feedDirectory }

    /// Where endpoints may be.
    var addressPolicy: AddressPolicy { delivery.policy(isDevelopment: isDevelopment) }

    /// The part a process plays (`design.md` §3).
    enum Role: String, CaseIterable, Sendable {
        case intake, relay, router, delivery, api
    }

    /// How log lines look.
    enum LogFormat: String, Sendable {
        case text, json
    }
}

/// Where to listen.
struct ListenAddress: Sendable, Hashable {
    var host: String
    var port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `host:port` or `[address]:port`.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port), colon > text.startIndex
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        self.init(host: String(host), port: port)
    }

    /// Whether nobody outside this machine can connect.
    var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
