import Foundation
import HeraldTestKit
import Kafka
import Logging
import ServiceLifecycle
import Testing

@testable import herald

/// The settings against a listener that insists on what they are for.
@Suite(.timeLimit(.minutes(3))) struct KafkaSecurityTests {
    private static let user = KafkaSecurity.User(name: "herald", password: "correct horse")

    /// Each way in with what it takes, and the nearest thing that does not get in.
    enum Door: CaseIterable {
        case tls, clientCertificate, password, scram256, scram512, bearer

        func security(_ folder: String) throws -> KafkaSecurity {
            switch self {
            case .tls: try KafkaSecurity(certificates: folder)
            case .clientCertificate: try KafkaSecurity(certificates: folder, asksForCertificate: true)
            case .password: try KafkaSecurity(certificates: folder, login: .plain(KafkaSecurityTests.user))
            case .scram256: try KafkaSecurity(certificates: folder, login: .scram(.sha256, KafkaSecurityTests.user))
            case .scram512: try KafkaSecurity(certificates: folder, login: .scram(.sha512, KafkaSecurityTests.user))
            case .bearer:
                try KafkaSecurity(certificates: folder, login: .bearer(token: KafkaSecurityTests.token("herald")))
            }
        }

        func right(_ folder: String) -> [String: String] {
            switch self {
            case .tls: ["SECURITY_PROTOCOL": "SSL", "CA": folder + "/ca.pem"]
            case .clientCertificate:
                ["CA": folder + "/ca.pem", "CERTIFICATE": folder + "/client.pem", "KEY": folder + "/client.key"]
            case .password: login("PLAIN", folder)
            case .scram256: login("SCRAM-SHA-256", folder)
            case .scram512: login("scram-sha-512", folder)
            case .bearer: ["CA": folder + "/ca.pem", "SASL_MECHANISM": "OAUTHBEARER", "TOKEN_FILE": folder + "/token"]
            }
        }

        private func login(_ mechanism: String, _ folder: String) -> [String: String] {
            let user = KafkaSecurityTests.user
            return [
                "CA": folder + "/ca.pem", "SASL_MECHANISM": mechanism, "USERNAME": user.name, "PASSWORD": user.password,
            ]
        }

        func wrong(_ folder: String) -> [String: String] {
            switch self {
            case .tls: right(folder).merging(["CA": folder + "/stranger.pem"]) { $1 }
            case .clientCertificate: ["SECURITY_PROTOCOL": "SSL", "CA": folder + "/ca.pem"]
            case .password, .scram256, .scram512: right(folder).merging(["PASSWORD": "wrong horse"]) { $1 }
            case .bearer: right(folder).merging(["TOKEN_FILE": folder + "/other-token"]) { $1 }
            }
        }
    }

    /// A JWT for an hour, unsigned: the listener compares it as it stands.
    private static func token(_ subject: String) -> String {
        let parts = [#"{"alg":"none"}"#, #"{"sub":"\#(subject)","exp":4102444800}"#].map {
            Data($0.utf8).base64EncodedString().replacingOccurrences(of: "=", with: "")
        }
        return parts.joined(separator: ".") + "."
    }

    @Test func theSettingsOpenTheDoorAndNothingLessDoes() async throws {
        let folder = ScratchFolder.make()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try TestCertificates.make(in: folder)
        try Self.token("herald").write(toFile: folder + "/token", atomically: true, encoding: .utf8)
        try Self.token("stranger").write(toFile: folder + "/other-token", atomically: true, encoding: .utf8)
        for door in Door.allCases { try await expectOpen(door, folder) }
    }

    private func expectOpen(_ door: Door, _ folder: String) async throws {
        let broker = try InProcessBroker()
        defer { broker.close() }
        try broker.createTopic("t", partitions: 1)
        let port = try #require(broker.bootstrapServers.split(separator: ":").last.flatMap { Int($0) })
        let dialect = KafkaDialect(host: "127.0.0.1")
        let proxy = try await LoopbackProxy(
            to: .port(port),
            dialect: dialect,
            security: door.security(folder)
        )
        dialect.redirect(port: port, to: proxy.port)
        try await running([proxy]) {
            let right = try configuration(door.right(folder), proxy.port)
            let producer = try KafkaProducer(configuration: right, logger: .silent)
            _ = try await producer.send(KafkaMessage(topic: "t", key: [1], value: [2]))
            await producer.close(grace: .seconds(1))
            let consumer = try KafkaConsumer(configuration: right, group: nil, logger: .silent)
            #expect(try await consumer.watermarks(of: KafkaPartition(topic: "t", number: 0)).high == 1, "\(door)")
            await consumer.close()

            let wrong = try configuration(door.wrong(folder), proxy.port)
            await #expect(throws: KafkaError.self, "\(door)") {
                try await KafkaAdmin(configuration: wrong, logger: .silent).brokers(timeout: .milliseconds(500))
            }
        }
    }

    private func configuration(_ settings: [String: String], _ port: Int) throws -> KafkaConfiguration {
        var environment = ["HERALD_DATABASE_URL": "postgres://", "HERALD_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:\(port)"]
        for (name, value) in settings { environment["HERALD_KAFKA_\(name)"] = value }
        let reader = try SettingsReader.reader(flags: [:], environment: environment, file: nil)
        return try #require(try HubConfiguration(reader: reader).kafka)
    }
}
