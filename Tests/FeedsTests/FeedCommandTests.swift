import Feeds
import Testing

/// Which command makes sense when (`csv-feed.md` §9).
@Suite struct FeedCommandTests {
    private static let commands: [FeedCommand] = [.pause, .resume(givingUp: nil), .cancel, .retry]

    /// The whole table: everything that is not in it is refused.
    private static let allowed: [FeedStatus: [String: FeedStatus]] = [
        .queued: ["pause": .paused, "cancel": .cancelled],
        .processing: ["pause": .paused, "cancel": .cancelled],
        .paused: ["pause": .paused, "resume": .processing, "cancel": .cancelled],
        .halted: ["resume": .processing, "cancel": .cancelled],
        .failed: ["retry": .queued],
        .cancelled: ["retry": .queued, "cancel": .cancelled],
        .unauthorised: ["retry": .queued],
    ]

    @Test(arguments: FeedStatus.allCases) func everyStatusTakesItsCommandsAndNoOthers(_ status: FeedStatus) {
        for command in Self.commands {
            let standing = FeedStanding(status: status, hasStarted: true, isComplete: true)
            if let next = Self.allowed[status]?[command.name] {
                #expect((try? command.status(after: standing)) == next)
            } else {
                #expect(throws: FeedCommandRefused.wrongStatus(command, status)) {
                    try command.status(after: standing)
                }
            }
        }
    }

    @Test func aFileThatHadNotBegunWaitsForItsTurnAgain() throws {
        let standing = FeedStanding(status: .paused, hasStarted: false, isComplete: true)
        #expect(try FeedCommand.resume(givingUp: nil).status(after: standing) == .queued)
    }

    @Test func onlyTheRowAtWhichAFeedStandsCanBeGivenUp() throws {
        let standing = FeedStanding(status: .halted, hasStarted: true, isComplete: true, haltedRow: 17)
        #expect(try FeedCommand.resume(givingUp: 17).status(after: standing) == .processing)
        #expect(throws: FeedCommandRefused.otherRow(17)) {
            try FeedCommand.resume(givingUp: 18).status(after: standing)
        }
        let paused = FeedStanding(status: .paused, hasStarted: true, isComplete: true)
        #expect(throws: FeedCommandRefused.otherRow(nil)) { try FeedCommand.resume(givingUp: 1).status(after: paused) }
    }

    @Test func contentThatIsNotAllHereIsNotTriedAgain() {
        let standing = FeedStanding(status: .failed, hasStarted: false, isComplete: false)
        #expect(throws: FeedCommandRefused.notComplete) { try FeedCommand.retry.status(after: standing) }
    }
}
