import Events
import FHIR
import Foundation
import Messages
import Synchronization

/// What a subscriber must keep to notice duplicates and gaps: the numbers it has seen, by subscription (D-11).
final class NotificationLedger: Sendable {
    /// One event as it was received.
    struct Received: Sendable, Hashable {
        var endpoint: String
        var subscription: String
        var number: Int64
        /// POST, PUT or DELETE.
        var method: String
        var version: Int32?
        var identifierValue: String
    }

    /// What came of one notification.
    struct Outcome: Sendable, Hashable {
        var new: [Received] = []
        /// Events that had come before: nothing is done with them.
        var duplicates = 0
        /// Numbers that should have come first.
        var missing: [Int64] = []
        /// Records of a back-fill: kept unless a later version is held already.
        var backfilled = 0
    }

    private struct State {
        var highest: [String: Int64] = [:]
        /// Numbers below the highest that have not come.
        var missing: [String: Set<Int64>] = [:]
        var received: [Received] = []
        var duplicates = 0
        var gaps = 0
    }

    /// A longer gap is closed by asking for the records themselves, not for each event.
    private static let longestGap = 10_000

    private let state = Mutex(State())

    /// Takes a notification in.
    func take(_ notification: ReceivedNotification, at endpoint: String) -> Outcome {
        state.withLock { state in
            var outcome = Outcome()
            outcome.backfilled = notification.records.count
            for event in notification.events {
                // A subscriber that starts anew takes the first number it sees as its beginning.
                let highest = state.highest[notification.subscriptionID] ?? event.number - 1
                if event.number > highest {
                    let gap = (highest + 1..<event.number).suffix(Self.longestGap)
                    outcome.missing += gap
                    if !gap.isEmpty { state.missing[notification.subscriptionID, default: []].formUnion(gap) }
                    state.highest[notification.subscriptionID] = event.number
                } else if state.missing[notification.subscriptionID]?.remove(event.number) == nil {
                    outcome.duplicates += 1
                    continue
                }
                outcome.new.append(
                    Received(
                        endpoint: endpoint,
                        subscription: notification.subscriptionID,
                        number: event.number,
                        method: event.shape?.method ?? "GET",
                        version: event.version,
                        identifierValue: event.identifier?.value
                            ?? event.resource?["identifier"]?[0]?["value"]?.string ?? ""
                    )
                )
            }
            state.received += outcome.new
            state.duplicates += outcome.duplicates
            state.gaps += outcome.missing.count
            return outcome
        }
    }

    /// The numbers of a subscription that have not come though later ones have, in order.
    func missing(of subscription: String) -> [Int64] {
        state.withLock { $0.missing[subscription, default: []].sorted() }
    }

    /// Everything received, in order of arrival.
    var received: [Received] { state.withLock { $0.received } }
    var duplicates: Int { state.withLock { $0.duplicates } }
    /// Numbers that were jumped over.
    var gaps: Int { state.withLock { $0.gaps } }
}
