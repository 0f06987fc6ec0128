import InMemoryLogging
import Kafka
import Logging
import Testing

@Suite(.timeLimit(.minutes(1))) struct ConfigurationTests {
    private func configuration(_ settings: [String: String]) -> KafkaConfiguration {
        KafkaConfiguration(bootstrapServers: "127.0.0.1:1", settings: settings)
    }

    @Test func namesAnUnknownSetting() {
        let configuration = configuration(["acsk": "all"])
        #expect(throws: KafkaError.unknownSetting("acsk")) {
            try KafkaProducer(configuration: configuration, logger: .silent)
        }
        #expect(throws: KafkaError.unknownSetting("acsk")) {
            try KafkaConsumer(configuration: configuration, group: "g", logger: .silent)
        }
        #expect(throws: KafkaError.unknownSetting("acsk")) {
            try KafkaAdmin(configuration: configuration, logger: .silent)
        }
    }

    @Test func saysWhatIsWrongWithAValue() throws {
        let error = #expect(throws: KafkaError.self) {
            try KafkaProducer(configuration: configuration(["linger.ms": "soon"]), logger: .silent)
        }
        guard case .invalidSetting("linger.ms", let reason) = error else { throw Unexpected("wrong case") }
        #expect(reason.contains("Invalid value"))
    }

    @Test func saysWhichSettingsDoNotGoTogether() {
        let error = #expect(throws: KafkaError.self) {
            try KafkaProducer(configuration: configuration(["acks": "1"]), logger: .silent)
        }
        #expect(error?.message.contains("acks") == true)
    }

    @Test(arguments: ["enable.auto.commit", "group.id", "bootstrap.servers", "delivery.report.only.error"])
    func refusesSettingsThatAreTheDrivers(name: String) throws {
        let error = #expect(throws: KafkaError.self) {
            try KafkaConsumer(configuration: configuration([name: "true"]), group: "g", logger: .silent)
        }
        guard case .invalidSetting(name, _) = error else { throw Unexpected("wrong case") }
    }

    @Test func takesSettingsOfTheOtherKind() throws {
        _ = try KafkaProducer(configuration: configuration(["session.timeout.ms": "6000"]), logger: .silent)
        _ = try KafkaConsumer(configuration: configuration(["linger.ms": "7"]), group: nil, logger: .silent)
    }

    @Test func neverShowsAPassword() {
        let configuration = configuration(["sasl.password": "correct horse", "ssl.key.pem": "-----BEGIN"])
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(text.contains("sasl.password"))
            #expect(!text.contains("correct horse"))
            #expect(!text.contains("-----BEGIN"))
        }
        let error = #expect(throws: KafkaError.self) {
            try KafkaProducer(
                configuration: self.configuration(["security.protocol": "ssl", "ssl.key.pem": "-----BEGIN"]),
                logger: .silent
            )
        }
        #expect(error?.message.contains("-----BEGIN") == false)
    }

    @Test func neverShowsWhatAMessageSays() {
        let message = KafkaMessage(topic: "t", key: [UInt8]("9434765919"), value: [UInt8]("patient"))
        let record = KafkaRecord(topic: "t", partition: 0, offset: 1, key: message.key, value: message.value)
        var dumped = ""
        dump(message, to: &dumped)
        dump(record, to: &dumped)
        for text in [dumped, "\(message) \(record)", String(reflecting: message), String(reflecting: record)] {
            #expect(!text.contains("57"))  // the digit 9 in bytes, as an array shows it
            #expect(!text.contains("patient"))
        }
    }

    @Test func logsOfLibrdkafkaGoToTheLogger() async throws {
        let log = InMemoryLogHandler()
        var logger = Logger(label: "test", factory: { _ in log })
        logger.logLevel = .trace
        let producer = try KafkaProducer(
            configuration: configuration(["message.timeout.ms": "300"]),
            logger: logger
        )
        _ = await producer.send([KafkaMessage(topic: "t", key: [], value: [])])
        await producer.close(grace: .zero)
        let warnings = log.entries.filter { $0.level == .warning }
        #expect(warnings.contains { "\($0.metadata["kafka.line"] ?? "")".contains("Connection refused") })
        #expect(log.entries.allSatisfy { $0.level <= .warning })
    }
}
