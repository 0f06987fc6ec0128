import Foundation
import Subscriptions
import Synchronization

/// What this process has in hand, and what it may send where: limits, rates and breakers of all origins.
///
/// Other processes have their own; for some seconds they may disagree about an origin, harmlessly (`delivery.md` §6).
final class DeliveryTraffic: Sendable {
    fileprivate struct Origin {
        var inHand = 0
        var breaker = OriginBreaker()
        var rate: OriginRate
        /// When it was last in use, so that it can be forgotten.
        var usedAt = Duration.zero
        /// The last change of another process that was taken over.
        var adopted: Date?
    }

    fileprivate struct State {
        var origins: [String: Origin] = [:]
        var clients: [String: Int] = [:]
        var inHand = 0
    }

    /// Lanes are claimed for what can be sent within this time, or they would wait with a lease.
    private static let foresight = 5.0
    /// How long a lane waits for its origin's next token before it is given back.
    static let patience: Duration = .seconds(5)

    private let limits: DeliveryLimits
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    init(limits: DeliveryLimits) { self.limits = limits }

    /// The time that breakers and rates are counted in.
    private var now: Duration { .now - start }

    /// Clients and origins that can have nothing now.
    var full: (clients: [String], origins: [String]) {
        let now = now
        return state.withLock { state in
            (
                state.clients.filter { $0.value >= limits.inFlight(ofClient: $0.key) }.map(\.key),
                state.origins.filter { room(of: $0.value, at: now) <= 0 }.map(\.key)
            )
        }
    }

    /// Origins that not even handshakes and heartbeats go to now.
    ///
    /// An open breaker does not hold these back: no silence is longer than the heartbeat's period, and the answer is the
    /// probe (D-24, T-20).
    var closedOrigins: [String] {
        state.withLock { state in
            state.origins.filter {
                $0.value.inHand >= limits.inFlightPerOrigin || $0.value.breaker.override == .open
            }.map(\.key)
        }
    }

    func room(ofClient client: String) -> Int {
        state.withLock { limits.inFlight(ofClient: client) - ($0.clients[client] ?? 0) }
    }

    func room(ofOrigin origin: String) -> Int {
        let now = now
        return state.withLock { state in
            guard let known = state.origins[origin] else { return limits.inFlightPerOrigin }
            return room(of: known, at: now)
        }
    }

    private func room(of origin: Origin, at now: Duration) -> Int {
        var room = min(limits.inFlightPerOrigin, max(Int(origin.rate.rate(at: now) * Self.foresight), 1))
        if let allowed = origin.breaker.room(at: now) { room = min(room, allowed) }
        return room - origin.inHand
    }

    /// A lane was claimed.
    func began(_ claim: LaneClaim) {
        let now = now
        state.withLock { state in
            state.inHand += 1
            state.clients[claim.subscription.client, default: 0] += 1
            state.change(claim.origin, limits, at: now) { $0.inHand += 1 }
        }
    }

    /// A lane was given back.
    func ended(_ claim: LaneClaim) {
        let now = now
        state.withLock { state in
            state.inHand -= 1
            let left = (state.clients[claim.subscription.client] ?? 1) - 1
            state.clients[claim.subscription.client] = left > 0 ? left : nil
            state.change(claim.origin, limits, at: now) { $0.inHand -= 1 }
        }
    }

    /// Asks to send to an origin.
    ///
    /// - Parameters:
    ///   - origin: Where to.
    ///   - isNotice: Whether it is a handshake or a heartbeat, for which only an operator's word closes the way.
    /// - Returns: How long to wait first, more than ``patience`` for a lane that had better be given back; nil where the
    ///   breaker is open.
    func permit(_ origin: String, isNotice: Bool) -> Duration? {
        let now = now
        return state.withLock { state in
            state.change(origin, limits, at: now) { origin in
                if isNotice { return origin.breaker.override == .open ? nil : .zero }
                if origin.breaker.room(at: now) == 0 { return nil }
                return origin.rate.take(at: now, patience: Self.patience)
            }
        }
    }

    /// Takes the outcome of an attempt.
    ///
    /// - Returns: How the origin's breaker stands, if that changed.
    func attempted(
        _ origin: String,
        _ outcome: AttemptOutcome,
        isNotice: Bool,
        jitter: Double
    ) -> BreakerChange? {
        let now = now
        return state.withLock { state in
            state.change(origin, limits, at: now) { known in
                if outcome.asksForLess { known.rate.halve(at: now) }
                guard known.breaker.attempted(outcome, at: now, jitter: jitter, isNotice: isNotice) else { return nil }
                switch known.breaker.state {
                case .closed:
                    known.rate.beginSlowly(at: now)
                    return BreakerChange(origin: origin, state: .closed, trips: 0, probeIn: nil)
                case .halfOpen:
                    known.rate.beginSlowly(at: now)
                    return BreakerChange(origin: origin, state: .halfOpen, trips: known.breaker.trips, probeIn: nil)
                case .open(let probeAt):
                    return BreakerChange(
                        origin: origin,
                        state: .open,
                        trips: known.breaker.trips,
                        probeIn: max(probeAt - now, .zero)
                    )
                }
            }
        }
    }

    /// Takes over what operators want and what other processes have found.
    func adopt(_ breakers: [BreakerStanding]) {
        let now = now
        state.withLock { state in
            let forced = Set(breakers.filter { $0.override != nil }.map(\.origin))
            for (name, origin) in state.origins where origin.breaker.override != nil && !forced.contains(name) {
                state.origins[name]?.breaker.override = nil
            }
            for breaker in breakers {
                state.change(breaker.origin, limits, at: now) { origin in
                    origin.breaker.override = breaker.override
                    guard origin.adopted != breaker.changedAt else { return }
                    origin.adopted = breaker.changedAt
                    if breaker.state == .open, let wait = breaker.probeIn {
                        origin.breaker.adopt(trips: breaker.trips, probeAt: now + wait)
                    } else if breaker.state == .closed, origin.breaker.adoptClosing() {
                        origin.rate.beginSlowly(at: now)
                    }
                }
            }
            // What has been idle for an hour has its whole burst again and no failures that count.
            state.origins = state.origins.filter { _, origin in
                origin.inHand > 0 || origin.breaker.state != .closed || origin.breaker.override != nil
                    || now - origin.usedAt < .seconds(3600)
            }
        }
    }

    /// How many origins' breakers are in each state, for the metrics.
    var breakers: [BreakerStanding.State: Int] {
        state.withLock { state in
            var counts = Dictionary(uniqueKeysWithValues: BreakerStanding.State.allCases.map { ($0, 0) })
            for origin in state.origins.values { counts[BreakerStanding.State(origin.breaker), default: 0] += 1 }
            return counts
        }
    }

    /// Lanes in hand.
    var inHand: Int { state.withLock(\.inHand) }
}

extension DeliveryTraffic.State {
    /// Changes what is known of an origin, making it known if need be.
    fileprivate mutating func change<Result>(
        _ name: String,
        _ limits: DeliveryLimits,
        at now: Duration,
        _ body: (inout DeliveryTraffic.Origin) -> Result
    ) -> Result {
        var origin =
            origins[name]
            ?? DeliveryTraffic.Origin(rate: OriginRate(limit: limits.ratePerOrigin, burst: limits.burstPerOrigin))
        origin.usedAt = now
        defer { origins[name] = origin }
        return body(&origin)
    }
}

extension BreakerStanding.State {
    /// The state as attempts meet it.
    init(_ breaker: OriginBreaker) {
        switch (breaker.override, breaker.state) {
        case (.open, _), (nil, .open): self = .open
        case (nil, .halfOpen): self = .halfOpen
        case (.closed, _), (nil, .closed): self = .closed
        }
    }
}
