import Foundation
import InMemoryLogging
import Kafka
import Logging
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct BearerTokenTests {
    private func token(_ claims: String) -> String {
        let payload = Data(claims.utf8).base64EncodedString().replacingOccurrences(of: "=", with: "")
        return "eyJhbGciOiJub25lIn0.\(payload).c2lnbmVk\n"
    }

    private func configuration(_ source: @escaping KafkaConfiguration.BearerTokenSource) -> KafkaConfiguration {
        var configuration = KafkaConfiguration(
            bootstrapServers: "127.0.0.1:1",
            settings: ["security.protocol": "sasl_plaintext", "sasl.mechanisms": "OAUTHBEARER"]
        )
        configuration.bearerToken = source
        return configuration
    }

    /// The source is asked without anybody polling, and what it gives is taken.
    @Test func aTokenIsAskedForByItselfAndTaken() async throws {
        let log = InMemoryLogHandler()
        let asked = Mutex(0)
        let good = token(#"{"sub":"herald","exp":\#(Int(Date().timeIntervalSince1970) + 600)}"#)
        let producer = try KafkaProducer(
            configuration: configuration {
                asked.withLock { $0 += 1 }
                return KafkaBearerToken(good)
            },
            logger: Logger(label: "test", factory: { _ in log })
        )
        while asked.withLock(\.self) == 0 { try await Task.sleep(for: .milliseconds(5)) }
        await producer.close(grace: .zero)
        #expect(!log.entries.contains { "\($0.message)".contains("access token") })
    }

    @Test(arguments: ["", "no token", #"{"sub":"herald"}"#, #"{"sub":"herald","exp":1}"#])
    func withoutAGoodTokenTheLogSaysSoAndNotWhatItWas(claims: String) async throws {
        let log = InMemoryLogHandler()
        let bad = claims.hasPrefix("{") ? token(claims) : claims
        let admin = try KafkaAdmin(
            configuration: configuration { KafkaBearerToken(bad) },
            logger: Logger(label: "test", factory: { _ in log })
        )
        while !log.entries.contains(where: { "\($0.message)".contains("no access token") }) {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(!log.entries.contains { "\($0)".contains("c2lnbmVk") })
        withExtendedLifetime(admin) {}
    }
}
