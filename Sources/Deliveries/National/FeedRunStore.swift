package import Foundation
package import Vaccination

/// Where runs of feeds, their files and messages are on file; owned by the courier, implemented on PostgreSQL.
///
/// Every write carries the claim's epoch and answers ``LaneLost`` when another courier has taken the lane since (N-22).
package protocol FeedRunStore: LaneStore {
    /// Freezes the next run of a feed: its number and range are committed before a file is written (N-20).
    ///
    /// A run that was frozen but not finished is given again; then comes a full extract that is asked for, then the delta
    /// that is due.
    /// - Parameters:
    ///   - claim: The lane.
    ///   - time: The start of the run, if one is made.
    ///   - feed: How the feed is written.
    ///   - noted: The highest run number noted outside of the database. Where it is higher than those on file the feed
    ///     stops, for numbers must not go back (N-34).
    /// - Returns: The run, or nil when there is nothing to write.
    /// - Throws: ``LaneLost``, and errors of the store.
    func freezeRun(
        _ claim: LaneClaim,
        at time: Date,
        _ feed: FeedSettings,
        noted: Int64
    ) async throws -> FrozenRun?

    /// Takes down what was written of a run with its messages to be sent, and moves the cursor past it, in one transaction.
    func finishRun(_ claim: LaneClaim, _ run: FrozenRun, _ written: WrittenRun, next pause: LanePause) async throws

    /// Events of a delta run, by ascending number.
    func feedEvents(of claim: LaneClaim, numbers: ClosedRange<Int64>) async throws -> [FeedEvent]

    /// Records that are live at the point a full extract shows, in the order of their ids.
    ///
    /// - Parameters:
    ///   - claim: The lane.
    ///   - run: The full extract.
    ///   - last: The record before; nil to begin.
    ///   - limit: How many at most.
    /// - Returns: The records, and the last one that was looked at; nil where there are no more.
    /// - Throws: What the database throws.
    func liveRecords(
        of claim: LaneClaim,
        in run: FrozenRun,
        after last: RecordID?,
        limit: Int
    ) async throws -> (records: [FeedEvent], last: RecordID?)

    /// Records with rows that are held back (N-05).
    func heldRecords(of claim: LaneClaim) async throws -> Set<RecordID>

    /// The file that is to be sent next, in the order of runs and files (N-21); nil where nothing may be sent now.
    func nextMessage(of claim: LaneClaim) async throws -> FeedMessage?

    /// Takes down that a file is about to be sent: whatever happens then, the next attempt asks for its outcome first.
    func beginAttempt(_ message: FeedMessage, of claim: LaneClaim) async throws

    /// Takes down that a file was accepted.
    ///
    /// - Returns: Whether it was the last of its run.
    @discardableResult
    func accept(_ message: FeedMessage, of claim: LaneClaim, _ receipt: FeedReceipt) async throws -> Bool

    /// Takes down that a file was not accepted, and when the next attempt is due; a cause stops the feed.
    func postpone(
        _ message: FeedMessage,
        of claim: LaneClaim,
        for pause: Duration,
        trouble: String,
        stop: FeedStop?
    ) async throws

    /// The files of a run with their hashes, as they were sent.
    func files(of run: FrozenRun, _ claim: LaneClaim) async throws -> [WrittenRun.File]

    /// The runs whose time is over, with the names of their files; never the latest.
    func expiredRuns(of claim: LaneClaim, olderThan age: Duration) async throws -> [ExpiredRun]

    /// Takes down that the files of a run are deleted.
    func markRemoved(_ run: ExpiredRun, of claim: LaneClaim) async throws

    /// Gives the lane back until a run or a file is due.
    func rest(_ claim: LaneClaim) async throws
}

/// A run that is deleted.
package struct ExpiredRun: Sendable, Hashable {
    package var sequence: Int64
    package var names: [String]

    package init(sequence: Int64, names: [String]) {
        self.sequence = sequence
        self.names = names
    }
}
