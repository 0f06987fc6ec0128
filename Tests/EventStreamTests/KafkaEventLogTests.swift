import HeraldTestKit
import Testing

@Suite(.herald, .timeLimit(.minutes(2))) struct KafkaEventLogTests {
    @Test(arguments: EventLogConformance.allCases)
    func theLogOnKafka(_ claim: EventLogConformance) async throws {
        try await claim.check(.kafka)
    }
}
