package import Foundation

/// Where processes tell each other, operators and their own successors of breakers; owned by the couriers.
package protocol BreakerStore: Sendable {
    /// All breakers that are open, half open, or forced, and those that have closed in the last minute.
    func breakers() async throws -> [BreakerStanding]

    /// Writes that a breaker has changed. When it closes, the origin's lanes that wait for its return are spread over a
    /// short time, and those that were asked for a pause keep it (D-31).
    func note(_ change: BreakerChange) async throws
}

/// A breaker that has changed.
package struct BreakerChange: Sendable, Hashable {
    package var origin: String
    package var state: BreakerStanding.State
    /// Openings in a row.
    package var trips: Int
    /// How long until the next probe, while it is open.
    package var probeIn: Duration?

    package init(origin: String, state: BreakerStanding.State, trips: Int, probeIn: Duration?) {
        self.origin = origin
        self.state = state
        self.trips = trips
        self.probeIn = probeIn
    }
}

/// How the breaker of an origin stands.
package struct BreakerStanding: Sendable, Hashable {
    package enum State: String, Sendable, Hashable, CaseIterable {
        case closed, open
        case halfOpen = "half-open"
    }

    /// Scheme, host and port.
    package var origin: String
    package var state: State
    /// Openings in a row.
    package var trips: Int
    /// How long until the next probe, while it is open; negative when one is due.
    package var probeIn: Duration?
    /// What an operator wants in spite of it.
    package var override: OriginBreaker.Override?
    /// Who wants it, and why.
    package var forcedBy: String?
    package var reason: String?
    package var changedAt: Date

    package init(
        origin: String,
        state: State,
        trips: Int,
        probeIn: Duration?,
        override: OriginBreaker.Override?,
        forcedBy: String?,
        reason: String?,
        changedAt: Date
    ) {
        self.origin = origin
        self.state = state
        self.trips = trips
        self.probeIn = probeIn
        self.override = override
        self.forcedBy = forcedBy
        self.reason = reason
        self.changedAt = changedAt
    }
}
