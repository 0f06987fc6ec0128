import Logging
import Testing

@testable import Kafka

struct ConversionTests {
    @Test(arguments: [
        (Duration.milliseconds(1500), Int32(1500)), (.microseconds(1), 1), (.microseconds(1001), 2), (.zero, 0),
        (.seconds(-5), 0), (.milliseconds(-1), 0), (.seconds(1_000_000_000), 2_000_000_000),
    ])
    func roundsDurationsUpToMilliseconds(duration: Duration, milliseconds: Int32) {
        #expect(duration.milliseconds == milliseconds)
    }

    @Test(arguments: [
        (Int32(0), Logger.Level.warning), (3, .warning), (4, .debug), (6, .debug), (7, .trace),
    ])
    func onlyErrorsOfLibrdkafkaAreWarnings(syslog: Int32, level: Logger.Level) {
        #expect(ClientBridge.level(ofSyslog: syslog) == level)
    }

    @Test func aRetriableCodeIsNotRetriableInAFatalError() {
        let failure = KafkaFailure(.send, code: .transport, isFatal: true)
        #expect(!KafkaError.failed(failure).isRetriable)
        #expect(KafkaError.failed(failure).isFatal)
        #expect(KafkaError.failed(KafkaFailure(.send, code: .transport)).isRetriable)
        #expect(KafkaError.closed.name == "_DESTROY")
        #expect("\(KafkaError.failed(failure))" == "send: Local: Broker transport failure (_TRANSPORT, fatal)")
    }
}
