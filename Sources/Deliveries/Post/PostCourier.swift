import Events
package import Foundation
package import Logging
import ServiceLifecycle
package import Subscriptions

/// Posts the letters of lanes that leave by mailbox: in order, the same bytes each time, none twice after it was accepted.
package struct PostCourier<Store: LaneStore & LetterStore & BreakerStore, Office: PostOffice>: Service {
    private let store: Store
    private let office: Office
    private let writers: [Subscription.Audience: any LetterWriter]
    private let configuration: CourierConfiguration
    private let environment: CourierEnvironment
    private let owner: UUID
    private let logger: Logger
    private let bell: Bell
    private let traffic: DeliveryTraffic
    private let breakers: BreakerReading<Store>

    /// A courier; the owner names it in the leases and is unique per process.
    ///
    /// - Parameters:
    ///   - store: Lanes and letters.
    ///   - office: Where letters are posted.
    ///   - writers: Who makes the letters of which audience.
    ///   - configuration: Leases, pauses and limits.
    ///   - environment: Clock, ids and jitter.
    ///   - owner: Names it in the leases.
    ///   - bell: Rung when this process has routed something.
    ///   - logger: Gets local ids, never subjects or bodies (M-26).
    package init(
        store: Store,
        office: Office,
        writers: [Subscription.Audience: any LetterWriter],
        configuration: CourierConfiguration,
        environment: CourierEnvironment = CourierEnvironment(),
        owner: UUID,
        bell: Bell = Bell(),
        logger: Logger
    ) {
        self.store = store
        self.office = office
        self.writers = writers
        self.configuration = configuration
        self.environment = environment
        self.owner = owner
        self.bell = bell
        self.logger = logger
        traffic = DeliveryTraffic(limits: Self.limits)
        breakers = BreakerReading(store: store, traffic: traffic, interval: configuration.breakerInterval)
    }

    /// All lanes share one office: so many letters are on their way at the same time (M-20).
    private static var limits: DeliveryLimits {
        var limits = DeliveryLimits()
        limits.inFlightPerOrigin = 8
        limits.inFlightPerClient = limits.inFlightPerOrigin
        limits.inFlight = limits.inFlightPerOrigin
        return limits
    }

    /// Runs until shutdown is asked for; letters in flight are finished first.
    package func run() async throws {
        let dispatcher = LaneDispatcher(
            limit: Self.limits.inFlight,
            idlePause: configuration.idlePause,
            bell: bell,
            logger: logger
        )
        try await dispatcher.run { room in
            try await claim(room)
        } serve: { claim in
            await serve(claim)
            traffic.ended(claim)
        }
    }

    private func claim(_ room: Int) async throws -> [LaneClaim] {
        try await breakers.readWhenDue()
        // While the office is away one lane probes it, and the others stay as they are (M-24).
        let room = min(room, traffic.room(ofOrigin: office.origin))
        guard room > 0 else { return [] }
        return try await store.claimLanes(
            channel: .mesh,
            includingIdle: false,
            limit: room,
            owner: owner,
            lease: configuration.lease
        ).map { claim in
            var claim = claim
            claim.origin = office.origin
            traffic.began(claim)
            return claim
        }
    }

    /// Does what a lane has to do, one event after the other, until it is drained, fails, or has had its turn.
    private func serve(_ claim: LaneClaim) async {
        do {
            var work = claim.work
            if work == nil { work = try await advance(claim) }
            for _ in 0..<configuration.batchesPerTurn {
                guard let next = work, !Task.isShuttingDownGracefully else { break }
                switch try await holding(claim, { try await deliver(next, of: claim) }) {
                case .done(let record): work = try await advance(claim, past: record)
                case .failed(let record, let action):
                    DeliveryMetrics.failed(action)
                    return try await store.retreat(claim, failed: record, action: action)
                case .waits(let state, let pause):
                    return try await store.withhold(claim, for: pause, because: state)
                case .interrupted: return try await store.release(claim)
                }
            }
            try await store.release(claim)
        } catch is LaneLost {
            DeliveryMetrics.lost()
            logger.warning("lane taken over by another courier", metadata: Self.metadata(claim))
        } catch {
            let hindrance = Hindrance(error)
            hindrance.tell(logger, Self.metadata(claim))
            // What is on file is sent again with the same bytes; where this fails too, when the lease has run out.
            try? await store.withhold(claim, for: hindrance.pause, because: hindrance.trouble)
        }
    }

    /// What a turn came to.
    private enum Turn: Sendable {
        case done(AttemptRecord)
        case failed(AttemptRecord, LaneStateMachine.Action)
        case waits(String, Duration)
        case interrupted
    }

    private func deliver(_ work: LaneWork, of claim: LaneClaim) async throws -> Turn {
        let startedAt = environment.now()
        let clock = ContinuousClock.now
        func record(_ outcome: AttemptOutcome) -> AttemptRecord {
            AttemptRecord(
                work: work,
                attempt: (work.frozen?.failures ?? 0) + 1,
                startedAt: startedAt,
                duration: .now - clock,
                outcome: outcome
            )
        }
        // By mailbox nothing is said but events: an activation needs no handshake.
        guard let numbers = work.numbers else { return .done(record(.accepted(httpStatus: 202))) }
        guard let writer = writers[claim.subscription.audience] else { return .waits("no-writer", .seconds(3600)) }
        let events = try await store.events(of: claim, numbers: numbers)
        for event in events {
            let key = writer.key(of: event, for: claim)
            var letters = try await store.waitingLetters(key)
            if letters == nil {
                switch try await writer.letters(for: event, of: claim) {
                case .wait(let state, let pause): return .waits(state, pause)
                case .nothing(let reason): try await store.keep([], or: reason, under: key, for: event, of: claim)
                case .send(let new): try await store.keep(new, or: nil, under: key, for: event, of: claim)
                }
                letters = try await store.waitingLetters(key)
            }
            for letter in letters ?? [] {
                guard !Task.isCancelled else { return .interrupted }
                switch try await post(letter, by: writer, of: claim) {
                case .accepted: continue
                case .failed(let outcome, let action):
                    let record = record(outcome)
                    DeliveryMetrics.attempted(.mesh, outcome.name, in: record.duration)
                    return .failed(record, action ?? self.action(after: outcome, work, of: claim))
                case .waits(let state, let pause): return .waits(state, pause)
                case .interrupted: return .interrupted
                }
            }
        }
        let done = record(.accepted(httpStatus: 202))
        DeliveryMetrics.attempted(.mesh, done.outcome.name, in: done.duration)
        DeliveryMetrics.accepted(.mesh, committed: events.map(\.committedAt), at: environment.now())
        return .done(done)
    }

    /// What became of one letter.
    private enum Posted: Sendable {
        case accepted
        /// With what becomes of the lane, where that is not for its schedule to say.
        case failed(AttemptOutcome, LaneStateMachine.Action?)
        case waits(String, Duration)
        case interrupted
    }

    private func post(_ waiting: WaitingLetter, by writer: any LetterWriter, of claim: LaneClaim) async throws -> Posted
    {
        let letter = waiting.letter
        var metadata = Self.metadata(claim)
        metadata["herald.letter"] = "\(letter.localID)"
        try await store.beginAttempt(ofLetter: letter.localID)
        let receipt: PostReceipt
        do throws(PostError) {
            receipt = try await office.post(letter, isRepeat: waiting.attempts > 0)
        } catch {
            guard let outcome = error.outcome(ofAttempt: waiting.attempts + 1) else { return .interrupted }
            await judge(error.kind == .stopped ? .transient(.noResponse, retryAfter: nil) : outcome)
            logger.warning("letter not accepted", error: error, metadata: metadata)
            if error.kind == .unknownRecipient { return try await redirect(letter, error, by: writer, of: claim) }
            try await store.markFailed(letter: letter.localID, trouble: error.description)
            // What is refused stays refused: its lane waits for a person, and no other does (`mesh.md` §8).
            if case .rejected = outcome { return .failed(outcome, .park) }
            return .failed(outcome, nil)
        }
        await judge(.accepted(httpStatus: 202))
        try await store.markAccepted(letter: letter.localID, receipt)
        metadata["herald.mesh.message"] = "\(receipt.messageID ?? "unknown")"
        logger.debug("letter accepted", metadata: metadata)
        return .accepted
    }

    /// Tells the office's breaker, and everybody when that changes; a mailbox that is not believed counts as away (M-24).
    private func judge(_ outcome: AttemptOutcome) async {
        let change = traffic.attempted(office.origin, outcome, isNotice: false, jitter: environment.jitter())
        await breakers.tell(change, logger)
    }

    /// What becomes of a letter whose mailbox does not exist: it was not accepted, so it may go elsewhere (TM-08).
    private func redirect(
        _ letter: Letter,
        _ error: PostError,
        by writer: any LetterWriter,
        of claim: LaneClaim
    ) async throws -> Posted {
        switch try await writer.redirect(letter, of: claim) {
        case .to(let mailbox) where mailbox != letter.recipient:
            try await store.redirect(letter: letter.localID, to: mailbox)
            return .waits("redirected", .seconds(1))
        case .to:
            try await store.markFailed(letter: letter.localID, trouble: error.description)
            return .waits("no-mailbox", .seconds(24 * 3600))
        case .wait(let state, let pause):
            try await store.markFailed(letter: letter.localID, trouble: error.description)
            return .waits(state, pause)
        }
    }

    private func action(after outcome: AttemptOutcome, _ work: LaneWork, of claim: LaneClaim) -> LaneStateMachine.Action
    {
        var machine = LaneStateMachine(work: work, policy: claim.policy)
        return machine.attempted(outcome, jitter: environment.jitter())
    }

    private func advance(_ claim: LaneClaim, past accepted: AttemptRecord? = nil) async throws -> LaneWork? {
        try await store.advance(
            claim,
            accepted: accepted,
            bundleID: environment.makeID(),
            lease: configuration.lease
        )
    }

    /// Holds on to the lane while something is done that may take its time; whoever has lost it stops.
    private func holding<Result: Sendable>(
        _ claim: LaneClaim,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                while true {
                    try await Task.sleep(for: configuration.lease / 3)
                    try await store.renew(claim, lease: configuration.lease)
                }
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() ?? nil else { throw CancellationError() }
            return result
        }
    }

    private static func metadata(_ claim: LaneClaim) -> Logger.Metadata {
        ["herald.subscription.id": "\(claim.subscription.id)"]
    }
}
