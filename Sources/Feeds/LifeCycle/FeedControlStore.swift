/// Where operators steer feeds and queues; implemented on PostgreSQL.
package protocol FeedControlStore: Sendable {
    /// Carries out a command on a feed.
    ///
    /// When this returns, not one more row is applied under a claim from before: it waits for the batch in hand.
    ///
    /// - Parameters:
    ///   - command: What is asked for.
    ///   - id: The feed.
    ///   - actor: Who asks, for the audit record.
    ///   - reason: Why, for the audit record.
    ///   - onlyBeforeStart: Whether to refuse when a worker has begun to read the file.
    /// - Throws: ``FeedCommandRefused``.
    func carryOut(
        _ command: FeedCommand,
        on id: FeedID,
        by actor: String,
        reason: String?,
        onlyBeforeStart: Bool
    ) async throws

    /// A feed's audit record, oldest first.
    func events(of id: FeedID) async throws -> [FeedEvent]

    /// Queues with files in them, and paused ones.
    func queues() async throws -> [FeedQueue]

    /// Stops a queue: the file in progress after the batch in hand, the others before they begin.
    func pauseQueue(_ queue: FeedQueue.Name, by actor: String, reason: String?) async throws

    /// Lets a queue go on; one that is not paused is left alone.
    func resumeQueue(_ queue: FeedQueue.Name, by actor: String) async throws
}
