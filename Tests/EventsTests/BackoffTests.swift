import Events
import Testing

@Suite struct BackoffTests {
    @Test func pausesDoubleUpToTheLongestAndStartAgainAfterASuccess() {
        var backoff = Backoff(first: .milliseconds(100), longest: .milliseconds(500))
        #expect((0..<5).map { _ in backoff.next() } == [100, 200, 400, 500, 500].map { .milliseconds($0) })
        backoff.reset()
        #expect(backoff.next() == .milliseconds(100))
    }
}
