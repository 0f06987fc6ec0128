import Deliveries
import Events
import Foundation
import Postgres
import Subscriptions

/// What owners read in `Subscription.error` of their endpoint's failures (D-22, D-32): a class, a status and times, never the
/// endpoint's words (D-75).
extension PostgresStore {
    /// Writes down what a failed attempt means, for the owner to act on.
    ///
    /// An outage is told once it is shown as `error`; what only the owner can mend, at once (`delivery.md` §5).
    static func tellOwner(
        of claim: LaneClaim,
        _ failed: AttemptRecord,
        _ action: LaneStateMachine.Action,
        on connection: PostgresConnection
    ) async throws {
        guard let consequence = consequence(failed, action) else { return }
        try await connection.query(
            """
            UPDATE subscription s SET status_text = $2 || to_char(
                coalesce(l.first_failure_at, now()) AT TIME ZONE 'UTC', '" since "YYYY-MM-DD"T"HH24:MI:SS"Z; "') || $3
            FROM lane l
            WHERE s.id = $1 AND l.subscription_id = $1 AND NOT coalesce(starts_with(s.status_text, $4), false)
            """,
            [
                .uuid(claim.subscription.id.uuid), .text(failed.outcome.words), .text(consequence),
                .text(Subscription.gapText),
            ]
        )
    }

    private static func consequence(_ failed: AttemptRecord, _ action: LaneStateMachine.Action) -> String? {
        switch action {
        case .advance, .split: nil
        case .wait(_, let failing): failing || failed.outcome.needsItsOwner ? "tried again by itself" : nil
        case .park: "nothing is tried any more until the subscription is sent again with status requested"
        case .setAside:
            "event \(failed.work.numbers?.lowerBound ?? 0) was set aside; $resend asks for it, the others go on"
        case .switchOff: "the subscription is off; events are recorded for 14 more days"
        }
    }

    /// A notification was accepted: what was told of failures, or of a time without events, is over
    /// (`fhir-subscriptions.md` §5); an event that was set aside stays so.
    static func forgetTrouble(of subscription: Subscription, on connection: PostgresConnection) async throws {
        guard subscription.statusText != nil else { return }
        try await connection.query(
            """
            UPDATE subscription s SET status_text = NULL WHERE id = $1 AND NOT (
                status_text LIKE '% was set aside; %' AND EXISTS (SELECT FROM delivery_dead d WHERE d.subscription_id = s.id)
            )
            """,
            [.uuid(subscription.id.uuid)]
        )
    }
}

extension AttemptOutcome {
    /// Whether nobody but the endpoint's owner can mend it.
    fileprivate var needsItsOwner: Bool {
        switch self {
        case .misconfigured, .rejected, .gone: true
        case .accepted, .transient: false
        }
    }
}
