import Foundation
import Subscriptions
import Synchronization

/// Takes lanes of REST hooks in fair rounds, within the limits of clients and origins (`delivery.md` §7).
final class LaneQueue<Store: LaneStore & BreakerStore>: Sendable {
    private let store: Store
    private let traffic: DeliveryTraffic
    private let configuration: CourierConfiguration
    private let owner: UUID
    private let rounds = Mutex(LaneRounds())
    private let breakers: BreakerReading<Store>

    init(
        store: Store,
        traffic: DeliveryTraffic,
        breakers: BreakerReading<Store>,
        configuration: CourierConfiguration,
        owner: UUID
    ) {
        self.store = store
        self.breakers = breakers
        self.traffic = traffic
        self.configuration = configuration
        self.owner = owner
    }

    /// Takes lanes whose turn it is, which count as in hand from then on.
    ///
    /// - Parameter room: How many at most.
    /// - Returns: The lanes.
    /// - Throws: Errors of the store.
    func claim(_ room: Int) async throws -> [LaneClaim] {
        try await readBreakers()
        let full = traffic.full
        let timed = try await store.claimTimedLanes(
            channel: .restHook,
            fullClients: full.clients,
            fullOrigins: full.origins,
            closedOrigins: traffic.closedOrigins,
            limit: room,
            owner: owner,
            lease: configuration.lease + configuration.attemptLimit
        )
        for claim in timed { traffic.began(claim) }
        // Those first, also when the other look fails; it follows at once.
        guard timed.isEmpty else {
            let held = Set(full.origins)
            return timed.map { claim in
                var claim = claim
                claim.isHeldBack = held.contains(claim.origin)
                return claim
            }
        }
        return try await claimReady(room, besides: full)
    }

    /// Takes lanes with live events.
    private func claimReady(
        _ room: Int,
        besides full: (clients: [String], origins: [String])
    ) async throws -> [LaneClaim] {
        let ready = try await store.readyOrigins(
            channel: .restHook,
            after: rounds.withLock(\.lastOrigins),
            fullClients: full.clients,
            fullOrigins: full.origins
        )
        let shares = rounds.withLock { rounds in
            rounds.shares(
                of: ready,
                room: room,
                clientRoom: { traffic.room(ofClient: $0) },
                originRoom: { traffic.room(ofOrigin: $0) }
            )
        }
        guard !shares.isEmpty else { return [] }
        let claims = try await store.claimLanes(
            channel: .restHook,
            shares: shares,
            owner: owner,
            lease: configuration.lease,
            attemptLimit: configuration.attemptLimit
        )
        for claim in claims { traffic.began(claim) }
        return claims
    }

    private func readBreakers() async throws {
        guard try await breakers.readWhenDue() else { return }
        DeliveryMetrics.standing(breakers: traffic.breakers, lanesInHand: traffic.inHand)
    }
}
