import Configuration
import Foundation
import Kafka

extension KafkaConfiguration {
    /// Reads how to reach and convince the brokers; nil where no brokers are named.
    ///
    /// - Throws: ``ConfigurationError`` that names the setting and says what to write; never with a secret in it.
    init?(reader: ConfigReader) throws {
        guard let servers = reader.text(.kafkaBootstrapServers) else { return nil }
        var settings = try Self.tls(reader)
        settings.merge(try Self.sasl(reader)) { own, _ in own }
        settings["security.protocol"] = try Self.securityProtocol(reader)
        let further = try Self.further(reader)
        if let twice = further.keys.sorted().first(where: { settings[$0] != nil }) {
            throw ConfigurationError.invalid(
                .kafkaSettings,
                "sets \(twice), which has a HERALD_KAFKA_… variable of its own: set it once"
            )
        }
        self.init(bootstrapServers: servers, settings: settings.merging(further) { own, _ in own })
        clientID = "herald"
        if let path = reader.text(.kafkaTokenFile) {
            // Read each time: who issues tokens replaces the file before the old one ends.
            bearerToken = { (try? String(contentsOfFile: path, encoding: .utf8)).flatMap(KafkaBearerToken.init) }
        }
    }

    /// Every other setting of librdkafka, by its own name.
    private static func further(_ reader: ConfigReader) throws -> [String: String] {
        var settings: [String: String] = [:]
        for pair in (reader.text(.kafkaSettings) ?? "").split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw ConfigurationError.invalid(.kafkaSettings, "must be name=value;name=value")
            }
            settings[parts[0].trimmingCharacters(in: .whitespaces)] = String(parts[1])
        }
        // The relay's order and `herald replay` depend on these.
        for name in ["partitioner", "enable.idempotence"] where settings[name] != nil {
            throw ConfigurationError.invalid(.kafkaSettings, "sets \(name), which is Herald's own")
        }
        return settings
    }

    private static func securityProtocol(_ reader: ConfigReader) throws -> String? {
        let usesSASL = reader.text(.kafkaSaslMechanism) != nil
        let usesTLS = [Setting.kafkaCa, .kafkaCertificate, .kafkaKey].contains { reader.text($0) != nil }
        guard let name = reader.text(.kafkaSecurityProtocol)?.uppercased() else {
            return usesSASL ? "sasl_ssl" : usesTLS ? "ssl" : nil
        }
        guard ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"].contains(name) else {
            throw ConfigurationError.invalid(
                .kafkaSecurityProtocol,
                "must be PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
            )
        }
        if name.hasPrefix("SASL") != usesSASL {
            throw ConfigurationError.invalid(
                .kafkaSecurityProtocol,
                usesSASL
                    ? "is \(name), but HERALD_KAFKA_SASL_MECHANISM is set: write SASL_SSL"
                    : "is \(name): set HERALD_KAFKA_SASL_MECHANISM to PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER"
            )
        }
        if usesTLS, !name.hasSuffix("SSL") {
            throw ConfigurationError.invalid(
                .kafkaSecurityProtocol,
                "is \(name), but a CA, certificate or key is set: write \(usesSASL ? "SASL_SSL" : "SSL")"
            )
        }
        return name.lowercased()
    }

    private static func tls(_ reader: ConfigReader) throws -> [String: String] {
        var settings: [String: String] = [:]
        settings["ssl.ca.location"] = try file(.kafkaCa, reader)
        settings["ssl.certificate.location"] = try file(.kafkaCertificate, reader)
        settings["ssl.key.location"] = try file(.kafkaKey, reader)
        settings["ssl.key.password"] = reader.text(.kafkaKeyPassword)
        for (one, other) in [(Setting.kafkaCertificate, Setting.kafkaKey), (.kafkaKey, .kafkaCertificate)]
        where reader.text(one) != nil && reader.text(other) == nil {
            throw ConfigurationError.invalid(one, "is set without \(other.variable)")
        }
        return settings
    }

    private static func file(_ setting: Setting, _ reader: ConfigReader) throws -> String? {
        guard let path = reader.text(setting) else { return nil }
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw ConfigurationError.invalid(setting, "must be a file that this process can read")
        }
        return path
    }

    private static func sasl(_ reader: ConfigReader) throws -> [String: String] {
        let passwords: [Setting] = [.kafkaUsername, .kafkaPassword]
        guard let mechanism = reader.text(.kafkaSaslMechanism)?.uppercased() else {
            if let stray = (passwords + [.kafkaTokenFile]).first(where: { reader.text($0) != nil }) {
                throw ConfigurationError.invalid(stray, "is set without HERALD_KAFKA_SASL_MECHANISM")
            }
            return [:]
        }
        var settings = ["sasl.mechanisms": mechanism]
        switch mechanism {
        case "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512":
            try require(passwords, for: mechanism, reader)
            settings["sasl.username"] = reader.text(.kafkaUsername)
            settings["sasl.password"] = reader.text(.kafkaPassword)
        case "OAUTHBEARER":
            // librdkafka's own ways (sasl.oauthbearer.method=oidc, where it was built with it) go through HERALD_KAFKA_SETTINGS.
            if reader.text(.kafkaSettings)?.contains("sasl.oauthbearer.") != true {
                try require([.kafkaTokenFile], for: mechanism, reader)
                _ = try file(.kafkaTokenFile, reader)
            }
        default:
            throw ConfigurationError.invalid(
                .kafkaSaslMechanism,
                "must be PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER (others with HERALD_KAFKA_SETTINGS)"
            )
        }
        return settings
    }

    private static func require(_ settings: [Setting], for mechanism: String, _ reader: ConfigReader) throws {
        for setting in settings where reader.text(setting) == nil {
            throw ConfigurationError.missing(setting, "\(mechanism) needs it")
        }
    }
}
