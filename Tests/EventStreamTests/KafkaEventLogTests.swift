import HeraldTestKit
import Testing

@Suite(.herald, .timeLimit(.minutes(3))) struct KafkaEventLogTests {
    @Test(arguments: EventLogConformance.allCases)
    func theLogOnKafka(_ claim: EventLogConformance) async throws {
        try await claim.check(.kafka)
    }

    /// Whatever only a real cluster can show; needs nothing but the variable.
    @Test(
        .enabled(if: KafkaRig.realServers != nil, "HERALD_KAFKA_BOOTSTRAP_SERVERS is not set"),
        arguments: EventLogConformance.allCases
    )
    func theLogOnARealCluster(_ claim: EventLogConformance) async throws {
        try await claim.check(.cluster(bootstrapServers: KafkaRig.realServers ?? ""))
    }
}
