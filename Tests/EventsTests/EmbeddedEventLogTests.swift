import HeraldTestKit
import Testing

@Suite(.herald, .timeLimit(.minutes(2))) struct EmbeddedEventLogTests {
    @Test(arguments: EventLogConformance.allCases)
    func theEmbeddedLog(_ claim: EventLogConformance) async throws {
        try await claim.check(.embedded)
    }
}
