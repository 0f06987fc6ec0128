package import FHIR
package import Foundation

/// What becomes of a subscription that its client changes (`fhir-subscriptions.md` §5).
package struct SubscriptionChange: Sendable, Hashable {
    /// What it means for what is under way.
    package enum Effect: Sendable, Hashable {
        /// Takes effect as it is.
        case none
        /// A new handshake; numbering goes on, and so does the batch in hand unless what is sent has changed.
        case restart(keepingBatch: Bool)
        /// Nothing is sent any more; what was not delivered is dropped.
        case switchOff
        /// The same, and it is gone for its client.
        case delete
    }

    package var subscription: Subscription
    /// nil for one that stays as it was sent.
    package var stated: JSONValue?
    package var effect: Effect

    /// What a `PUT` does.
    ///
    /// - Parameters:
    ///   - current: The subscription as it stands.
    ///   - form: What was sent.
    ///   - topic: Canonical URL of the topic.
    ///   - now: The time.
    package init(updating current: RegisteredSubscription, to form: SubscriptionForm, topic: String, now: Date) {
        let old = current.subscription
        var new = form.subscription(id: old.id, client: old.client, topic: topic, now: old.createdAt)
        new.audience = old.audience
        new.versionID = old.versionID + 1
        new.lastUpdated = now
        new.activatedAt = old.activatedAt
        let isSame =
            (old.endpoint, old.payload, old.release, old.content, old.filter, old.channel)
            == (new.endpoint, new.payload, new.release, new.content, new.filter, new.channel)
        if form.status == .off {
            effect = .switchOff
            new.statusText = old.status == .off ? old.statusText : nil
        } else if isSame, old.status == .active {
            effect = .none
            new.status = .active
            new.statusText = old.statusText
        } else {
            effect = .restart(
                keepingBatch: (old.payload, old.release, old.content) == (new.payload, new.release, new.content)
            )
            // While it was off nothing was numbered, so no gap shows that something is missing.
            if old.status == .off, old.offBy != .server, old.activatedAt != nil {
                let since = current.offAt.map { FHIRInstant($0).description } ?? "an unknown time"
                new.statusText = "\(Subscription.gapText)\(since) to \(FHIRInstant(now)); reconcile by a search"
            }
        }
        subscription = new
        stated = form.stated
    }

    /// What `DELETE` does; the values of its header lines are secrets, and nobody needs them any more.
    package init(deleting current: RegisteredSubscription, now: Date) {
        var gone = current.subscription
        gone.status = .off
        gone.offBy = .client
        gone.headers = []
        gone.lastUpdated = now
        subscription = gone
        stated = nil
        effect = .delete
    }
}
