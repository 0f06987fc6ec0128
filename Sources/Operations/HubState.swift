package import Foundation

/// Where everything stands that waits, as far as the database knows: nothing waits in silence (`design.md` §2).
///
/// Holds no patient's data.
package struct HubState: Sendable, Hashable, Codable {
    /// Feeds that are not finished, by status.
    package var feeds: [Waiting] = []
    /// Changes that still have to be published or routed.
    package var outbox = Waiting(name: "outbox", count: 0)
    /// Patients for whom the outside directory gives no answer, and nobody else has: their events wait.
    package var unanswered = Waiting(name: "directory", count: 0)
    /// Records whose patients have no practice that could be told, by why.
    package var waitingPatients: [Waiting] = []
    /// Lanes with something to do, by channel, audience and state.
    package var lanes: [LaneGroup] = []
    /// The lanes that have been failing longest, or whose next event is oldest.
    package var slowestLanes: [LaneStanding] = []
    /// The clients whose oldest event has been waiting longest.
    package var slowestClients: [ClientStanding] = []
    /// Messages of the log that cannot be processed (D-94), and changes that brokers refuse (D-86).
    package var deadEvents = 0
    /// The latest messages among them.
    package var recentDead: [DeadMessage] = []
    /// Feeds that are not finished, and the latest of the others.
    package var recentFeeds: [FeedStanding] = []
    /// The next offset of each partition, by the database's row; empty with the embedded log.
    package var positions: [Position] = []
    /// Processes that share the outbox among them.
    package var outboxMembers = 0

    /// The feed to the National Immunisation Service; nil where there is none.
    package var nationalFeed: NationalFeed?

    /// How full the database's disk is, from 0 to 1; nil where that cannot be seen from here.
    package var diskUsed: Double?
    /// How long the oldest transaction has been open, of the sessions that can be seen.
    package var oldestTransactionSeconds = 0.0

    package init() {}

    /// So many things wait, the oldest of them for so long.
    package struct Waiting: Sendable, Hashable, Codable {
        package var name: String
        package var count: Int
        /// Age of the oldest; nil where nothing waits.
        package var oldestSeconds: Double?

        package init(name: String, count: Int, oldestSeconds: Double? = nil) {
            self.name = name
            self.count = count
            self.oldestSeconds = oldestSeconds
        }
    }

    /// How the feed to the National Immunisation Service stands.
    package struct NationalFeed: Sendable, Hashable, Codable {
        /// Files that wait to be accepted.
        package var waiting: Int
        /// Files that have not been answered for a day.
        package var unanswered: Int
        /// Records whose rows are held back.
        package var heldBack: Int
        /// Why nothing is sent until an operator decides.
        package var stop: String?

        package init(waiting: Int, unanswered: Int, heldBack: Int, stop: String?) {
            self.waiting = waiting
            self.unanswered = unanswered
            self.heldBack = heldBack
            self.stop = stop
        }
    }

    /// Lanes that are in the same state.
    package struct LaneGroup: Sendable, Hashable, Codable {
        package var channel: String
        package var audience: String
        package var state: LaneState
        package var lanes: Int
        /// Events not yet accepted.
        package var events: Int

        package init(channel: String, audience: String, state: LaneState, lanes: Int, events: Int) {
            self.channel = channel
            self.audience = audience
            self.state = state
            self.lanes = lanes
            self.events = events
        }
    }

    /// What a lane with waiting events is about.
    package enum LaneState: String, Sendable, Codable, CaseIterable {
        /// Its turn comes as soon as a courier is free, or at the next run of a feed.
        case due
        /// A courier holds it.
        case sending
        /// The last attempt failed; the next one comes by the schedule.
        case retrying
        /// Nobody tries any more: an operator has to look (D-50).
        case parked
        /// The subscription is off; its events are kept.
        case off
    }

    /// One lane.
    package struct LaneStanding: Sendable, Hashable, Codable {
        package var subscription: String
        package var audience: String
        package var channel: String
        package var state: LaneState
        package var waiting: Int
        /// Age of the first event that is not accepted yet, since it was routed.
        package var oldestSeconds: Double?
        package var failedAttempts: Int
        /// Result class of the last attempt, where it failed.
        package var lastError: String?
        package var nextAttemptAt: Date?

        package init(
            subscription: String,
            audience: String,
            channel: String,
            state: LaneState,
            waiting: Int,
            oldestSeconds: Double?,
            failedAttempts: Int,
            lastError: String?,
            nextAttemptAt: Date?
        ) {
            self.subscription = subscription
            self.audience = audience
            self.channel = channel
            self.state = state
            self.waiting = waiting
            self.oldestSeconds = oldestSeconds
            self.failedAttempts = failedAttempts
            self.lastError = lastError
            self.nextAttemptAt = nextAttemptAt
        }
    }

    /// What waits for one client's subscriptions.
    package struct ClientStanding: Sendable, Hashable, Codable {
        package var client: String
        /// Events not yet accepted.
        package var waiting: Int
        /// Age of the oldest of them, since it was routed.
        package var oldestSeconds: Double

        package init(client: String, waiting: Int, oldestSeconds: Double) {
            self.client = client
            self.waiting = waiting
            self.oldestSeconds = oldestSeconds
        }
    }

    /// Where the routers stand in a partition of the log.
    package struct Position: Sendable, Hashable, Codable {
        package var topic: String
        package var partition: Int32
        package var nextOffset: Int64
        /// How far the brokers have acknowledged; nil before Herald's relay has published.
        package var publishedOffset: Int64?
        /// Why the partition is not read until an operator has mended it (D-91).
        package var gap: String?

        package init(
            topic: String,
            partition: Int32,
            nextOffset: Int64,
            publishedOffset: Int64?,
            gap: String?
        ) {
            self.topic = topic
            self.partition = partition
            self.nextOffset = nextOffset
            self.publishedOffset = publishedOffset
            self.gap = gap
        }

        /// Messages that are published and not yet routed.
        package var lag: Int64 { max(0, (publishedOffset ?? nextOffset) - nextOffset) }
    }
}

/// Where the hub's state is read; implemented on PostgreSQL.
package protocol HubStateStore: Sendable {
    /// The state now. Costs what waits, not what was ever done; cancelled after some seconds by the server.
    func hubState() async throws -> HubState
}
