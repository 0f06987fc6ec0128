import Foundation
import HeraldTestKit
import Kafka
import Logging
import Testing

@testable import herald

@Suite struct KafkaSettingsTests {
    private func configuration(_ values: [String: String]) throws -> KafkaConfiguration? {
        var environment = ["HERALD_DATABASE_URL": "postgres://", "HERALD_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"]
        environment.merge(values) { $1 }
        return try HubConfiguration(reader: SettingsReader.reader(flags: [:], environment: environment, file: nil))
            .kafka
    }

    @Test(
        arguments: [
            (
                ["SASL_MECHANISM": "scram-sha-512", "USERNAME": "herald", "PASSWORD": "correct horse"],
                [
                    "security.protocol": "sasl_ssl", "sasl.mechanisms": "SCRAM-SHA-512", "sasl.username": "herald",
                    "sasl.password": "correct horse",
                ]
            ),
            (
                [
                    "SASL_MECHANISM": "PLAIN", "USERNAME": "herald", "PASSWORD": "p",
                    "SECURITY_PROTOCOL": "SASL_PLAINTEXT",
                ],
                [
                    "security.protocol": "sasl_plaintext", "sasl.mechanisms": "PLAIN", "sasl.username": "herald",
                    "sasl.password": "p",
                ]
            ),
            (
                ["SASL_MECHANISM": "OAUTHBEARER", "TOKEN_FILE": "/etc/hostname"],
                ["security.protocol": "sasl_ssl", "sasl.mechanisms": "OAUTHBEARER"]
            ),
            (["SECURITY_PROTOCOL": "ssl"], ["security.protocol": "ssl"]),
            (["SETTINGS": "linger.ms=7; client.rack=a=b"], ["linger.ms": "7", "client.rack": "a=b"]),
        ] as [([String: String], [String: String])]
    )
    func namedSettingsReachLibrdkafka(given: [String: String], settings: [String: String]) throws {
        let named = Dictionary(uniqueKeysWithValues: given.map { ("HERALD_KAFKA_\($0)", $1) })
        let configuration = try #require(try configuration(named))
        #expect(configuration.settings == settings)
        #expect(!"\(configuration)".contains("correct horse"))
        // librdkafka takes them all, and makes what they ask for.
        _ = try KafkaAdmin(configuration: configuration, logger: .silent)
    }

    @Test(
        arguments: [
            (["SECURITY_PROTOCOL": "TLS"], "HERALD_KAFKA_SECURITY_PROTOCOL must be"),
            (["SECURITY_PROTOCOL": "SASL_SSL"], "set HERALD_KAFKA_SASL_MECHANISM"),
            (
                ["SECURITY_PROTOCOL": "SSL", "SASL_MECHANISM": "PLAIN", "USERNAME": "u", "PASSWORD": "p"],
                "write SASL_SSL"
            ),
            (["SECURITY_PROTOCOL": "PLAINTEXT", "CA": "/etc/hostname"], "write SSL"),
            (["SASL_MECHANISM": "GSSAPI"], "HERALD_KAFKA_SASL_MECHANISM must be"),
            (["SASL_MECHANISM": "PLAIN", "USERNAME": "u"], "HERALD_KAFKA_PASSWORD is not set"),
            (["SASL_MECHANISM": "OAUTHBEARER"], "HERALD_KAFKA_TOKEN_FILE is not set"),
            (["SASL_MECHANISM": "OAUTHBEARER", "TOKEN_FILE": "/none"], "HERALD_KAFKA_TOKEN_FILE must be a file"),
            (["TOKEN_FILE": "/etc/hostname"], "is set without HERALD_KAFKA_SASL_MECHANISM"),
            (["PASSWORD": "correct horse"], "HERALD_KAFKA_PASSWORD is set without HERALD_KAFKA_SASL_MECHANISM"),
            (["CA": "/none"], "HERALD_KAFKA_CA must be a file"),
            (["CERTIFICATE": "/etc/hostname"], "is set without HERALD_KAFKA_KEY"),
            (["SECURITY_PROTOCOL": "SSL", "SETTINGS": "security.protocol=plaintext"], "set it once"),
            (["SETTINGS": "partitioner=random"], "is Herald's own"),
            (["RETENTION": "0"], "HERALD_KAFKA_RETENTION must be a number from 1"),
        ] as [([String: String], String)]
    )
    func wrongOnesAreRefusedInWordsThatHelp(given: [String: String], words: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try configuration(Dictionary(uniqueKeysWithValues: given.map { ("HERALD_KAFKA_\($0)", $1) }))
        }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("correct horse") == false)
    }

    /// A file that is there and is no certificate is librdkafka's to refuse, with the setting named.
    @Test func aFileThatHoldsNoCertificateIsNamed() throws {
        let configuration = try #require(try configuration(["HERALD_KAFKA_CA": "/etc/hostname"]))
        let error = #expect(throws: KafkaError.self) { try KafkaAdmin(configuration: configuration, logger: .silent) }
        #expect(error?.description.contains("ssl.ca.location") == true)
    }
}
