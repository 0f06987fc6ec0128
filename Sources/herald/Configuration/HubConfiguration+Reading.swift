import Configuration
import Deliveries
import EventStream
import Feeds
import Foundation
import Kafka
import Logging
import Messages
import PDS
import Postgres
import Vaccination

extension HubConfiguration {
    /// Reads and checks every setting.
    ///
    /// - Throws: ``ConfigurationError`` that names the setting and says what to write.
    init(reader: ConfigReader) throws {
        let database = try PostgresConfiguration(reader: reader)
        let odsCode = reader.text(.feedOdsCode) ?? "X26"
        guard let feedODSCode = ODSCode(odsCode) else {
            throw ConfigurationError.invalid(.feedOdsCode, "must be an ODS code, e.g. X26")
        }
        self.init(database: database, feedODSCode: feedODSCode)
        listen = try Self.listenAddress(reader)
        publicURL = try Self.publicURL(reader)
        metricsListen = try Self.metricsAddress(reader)
        dataDirectory = reader.text(.dataDir) ?? dataDirectory
        if let names = reader.text(.roles) { roles = try Self.roles(names) }
        if let seconds = try reader.number(.lease, in: 1...3600) { lease = .seconds(seconds) }
        logLevel = try reader.choice(.logLevel, among: Logger.Level.allCases.map(\.rawValue)) ?? logLevel
        logFormat = try reader.choice(.logFormat, among: ["text", "json"]) ?? logFormat
        isDevelopment = try reader.flag(.development) ?? isDevelopment
        if isDevelopment, !listen.isLoopback {
            throw ConfigurationError.invalid(
                .development,
                "cannot be true while HERALD_HTTP_ADDRESS is not a loopback address"
            )
        }
        try readEdge(reader)
        if let path = reader.text(.authConfig) {
            auth = try AuthConfiguration(
                path: path,
                publicURL: publicURL,
                audience: audience,
                isDevelopment: isDevelopment
            )
        }
        try readFeedLimits(reader)
        try readDeliveryLimits(reader)
        try readQuery(reader)
        feedInbox = reader.text(.feedInboxDir)
        extendedAttributes = reader.text(.extendedAttributesDir)
        mesh = try MESHSettings(reader: reader, isDevelopment: isDevelopment)
        gp = try GPSettings(reader: reader)
        try readNationalFeed(reader)
        nationalEvents = try EventSender(reader: reader)
        pds = try Self.pds(reader, isDevelopment, lease)
        auditRetentionDays = try reader.number(.auditRetention, in: 1...36_525) ?? auditRetentionDays
        delivery = try DeliverySettings(reader: reader)
        subscriptionLimit = try reader.number(.subscriptionLimit, in: 1...10_000_000) ?? subscriptionLimit
        try readKafka(reader)
        try readReference(reader)
    }

    /// What is shown of restricted patients, and where the older history API is.
    private mutating func readQuery(_ reader: ConfigReader) throws {
        redactsRestricted = try reader.flag(.queryRedactRestricted) ?? redactsRestricted
        guard let path = reader.text(.queryOlderPath) else { return }
        guard path != "off" else { return olderHistoryPath = nil }
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { part in
            !part.isEmpty
                && part.utf8.allSatisfy { byte in
                    UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
                        || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                }
        }
        guard path.hasPrefix("/"), isPlain, path != "/FHIR/R4" else {
            throw ConfigurationError.invalid(
                .queryOlderPath,
                "must be off, or a path such as /immunisation-history/FHIR/R4"
            )
        }
        olderHistoryPath = path
    }

    /// How big a file may be that is taken in (`csv-feed.md` §10).
    private mutating func readFeedLimits(_ reader: ConfigReader) throws {
        var limits = feedWorker.limits
        if let rows = try reader.number(.feedMaxRows, in: 1...1_000_000_000) { limits.rows = Int64(rows) }
        if let bytes = try reader.number(.feedMaxBytes, in: 1...(1 << 40)) { limits.fileBytes = Int64(bytes) }
        // A row is held in memory, and PostgreSQL has a limit of its own.
        limits.rowBytes = try reader.number(.feedMaxRowBytes, in: 1...(16 << 20)) ?? limits.rowBytes
        limits.fieldBytes = try reader.number(.feedMaxFieldBytes, in: 1...(16 << 20)) ?? limits.fieldBytes
        limits.toleratesByteOrderMark = try reader.flag(.feedByteOrderMark) ?? limits.toleratesByteOrderMark
        feedWorker.limits = limits
        feedWorker.waitingLimit =
            try reader.number(.feedMaxWaiting, in: 1...1_000_000_000) ?? feedWorker.waitingLimit
        let percent = try reader.number(.feedDiskPercent, in: 1...100) ?? 80
        feedWorker.diskLimit = percent == 100 ? nil : Double(percent) / 100
    }

    /// What is sent to endpoints at once, and how fast (`delivery.md` §7).
    private mutating func readDeliveryLimits(_ reader: ConfigReader) throws {
        var limits = deliveryLimits
        limits.inFlight = try reader.number(.deliveryInFlight, in: 1...100_000) ?? limits.inFlight
        limits.inFlightPerClient =
            try reader.number(.deliveryInFlightPerClient, in: 1...100_000) ?? limits.inFlightPerClient
        limits.inFlightPerOrigin =
            try reader.number(.deliveryInFlightPerOrigin, in: 1...10_000) ?? limits.inFlightPerOrigin
        limits.ratePerOrigin = try reader.number(.deliveryRatePerOrigin, in: 1...1_000_000) ?? limits.ratePerOrigin
        limits.burstPerOrigin = try reader.number(.deliveryBurstPerOrigin, in: 1...1_000_000) ?? limits.burstPerOrigin
        if let mebibytes = try reader.number(.deliveryMemory, in: 5...1_000_000) {
            limits.bytesInFlight = mebibytes << 20
        }
        deliveryLimits = limits
    }

    private static func pds(
        _ reader: ConfigReader,
        _ isDevelopment: Bool,
        _ lease: Duration
    ) throws -> PDSConfiguration? {
        guard let url = reader.text(.pdsUrl) else { return nil }
        guard url.hasPrefix("https://") || isDevelopment && url.hasPrefix("http://") else {
            throw ConfigurationError.invalid(.pdsUrl, "must begin with https:// (http:// in development only)")
        }
        var pds = PDSConfiguration(baseURL: url.hasSuffix("/") ? String(url.dropLast()) : url)
        pds.token = try Self.pdsToken(reader, isDevelopment, url)
        pds.rate = try reader.number(.pdsRate, in: 1...10_000) ?? pds.rate
        if let seconds = try reader.number(.pdsCacheSeconds, in: 60...86_400) { pds.timeToLive = .seconds(seconds) }
        pds.capacity = try reader.number(.pdsCacheSize, in: 1000...10_000_000) ?? pds.capacity
        // A router must be back at its shards before its lease is over.
        pds.patience = min(pds.patience, lease / 2)
        return pds
    }

    private mutating func readKafka(_ reader: ConfigReader) throws {
        topic.name = reader.text(.kafkaTopic) ?? topic.name
        topic.partitions = try reader.number(.kafkaPartitions, in: 1...10_000) ?? topic.partitions
        topic.replication = try reader.number(.kafkaReplication, in: 1...100)
        if let days = try reader.number(.kafkaRetention, in: 1...3650) { topic.retention = .seconds(days * 86_400) }
        kafka = try KafkaConfiguration(reader: reader)
    }

    private mutating func readReference(_ reader: ConfigReader) throws {
        guard let folder = reader.text(.referenceDir) else { return }
        let files = ["vaccine-types.json", "suppliers.json"].filter {
            FileManager.default.fileExists(atPath: "\(folder)/\($0)")
        }
        guard !files.isEmpty else {
            throw ConfigurationError.invalid(.referenceDir, "is a folder without vaccine-types.json and suppliers.json")
        }
        do {
            reference = try ReferenceData(files: files.map { "\(folder)/\($0)" })
        } catch {
            throw ConfigurationError.invalid(.referenceDir, "holds what cannot be used: \(error)")
        }
    }

    private static func roles(_ names: String) throws -> Set<Role> {
        try Set(
            names.split(separator: ",").map { name in
                guard let role = Role(rawValue: name.trimmingCharacters(in: .whitespaces)) else {
                    let known = Role.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ConfigurationError.invalid(.roles, "names \"\(name)\"; the roles are \(known)")
                }
                return role
            }
        )
    }

    private static func listenAddress(_ reader: ConfigReader) throws -> ListenAddress {
        guard let address = ListenAddress(reader.text(.httpAddress) ?? "127.0.0.1:8480") else {
            throw ConfigurationError.invalid(.httpAddress, "must be host:port, e.g. 127.0.0.1:8480")
        }
        return address
    }

    private static func metricsAddress(_ reader: ConfigReader) throws -> ListenAddress? {
        guard let text = reader.text(.metricsAddress) else { return nil }
        guard let address = ListenAddress(text) else {
            throw ConfigurationError.invalid(.metricsAddress, "must be host:port, e.g. 127.0.0.1:9485")
        }
        guard try address != listenAddress(reader) else {
            throw ConfigurationError.invalid(.metricsAddress, "must differ from HERALD_HTTP_ADDRESS")
        }
        return address
    }

    /// The hub's public address alone, for commands that talk to it.
    static func publicURL(_ reader: ConfigReader) throws -> String {
        let scheme = reader.text(.tlsCertificate) == nil ? "http://" : "https://"
        let url = try reader.text(.publicUrl) ?? scheme + listenAddress(reader).text
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw ConfigurationError.invalid(.publicUrl, "must begin with https:// (or http:// for development)")
        }
        return url.hasSuffix("/") ? String(url.dropLast()) : url
    }
}

extension PostgresConfiguration {
    /// The database settings alone, for commands that work on the database.
    init(reader: ConfigReader) throws {
        guard let url = reader.text(.databaseUrl) else {
            throw ConfigurationError.missing(
                .databaseUrl,
                "set it to your database, e.g. postgres://herald@localhost/herald (herald demo brings its own)"
            )
        }
        do {
            try self.init(url: url)
        } catch {
            throw ConfigurationError.invalid(.databaseUrl, "is not a PostgreSQL address: \(error)")
        }
        maximumConnections = try reader.number(.databaseConnections, in: 2...1000) ?? 16
        applicationName = "herald"
    }
}

extension ConfigReader {
    func text(_ setting: Setting) -> String? {
        string(forKey: ConfigKey([setting.rawValue]), isSecret: setting.isSecret).flatMap { $0.isEmpty ? nil : $0 }
    }

    func number(_ setting: Setting, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = text(setting) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw ConfigurationError.invalid(
                setting,
                "must be a number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    func flag(_ setting: Setting) throws -> Bool? {
        switch text(setting) {
        case nil: nil
        case "true": true
        case "false": false
        default: throw ConfigurationError.invalid(setting, "must be true or false")
        }
    }

    func choice<Value: RawRepresentable<String>>(_ setting: Setting, among names: [String]) throws -> Value? {
        guard let text = text(setting) else { return nil }
        guard let value = Value(rawValue: text) else {
            throw ConfigurationError.invalid(setting, "must be one of \(names.joined(separator: ", "))")
        }
        return value
    }
}
