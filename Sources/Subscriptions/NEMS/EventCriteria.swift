package import Vaccination

/// What a subscription of the National Events Management Service asks for (`nems.md` §4.3), read from its `criteria`.
package struct EventCriteria: Sendable, Hashable {
    /// Whose events.
    package enum Scope: Sendable, Hashable {
        /// One patient's: an explicit subscription.
        case patient(NHSNumber)
        /// Those of an area or a practice: a generic subscription.
        case rule(GeographyRule, organisation: String)
    }

    /// The two kinds a caller can be entitled to (`nems.md` §4.5).
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case explicit = "EXPLICIT"
        case generic = "GENERIC"
    }

    /// Which kind of service subscribes; a label only.
    package enum Service: String, Sendable, CaseIterable {
        case practice = "GP"
        case childHealth = "CHO"
        case healthVisiting = "UHV"
        case personalRecord = "EPCHR"
    }

    package let scope: Scope
    package let service: Service?
    /// At least one.
    package let events: Set<NationalEvent>
    /// Completed years when the event happens; nil for any.
    package let age: Bounds<Int>?
    package let registration: SubscriptionFilter.Registration?
    /// What comes back with each delivery.
    package let tag: String?
    /// What makes two subscriptions the same: the components without the tag, in one order and spelling (§4.3 rule 4).
    package let canonical: String

    /// The kind of subscription.
    package var kind: Kind {
        switch scope {
        case .patient: .explicit
        case .rule: .generic
        }
    }

    /// The same as a filter of this hub.
    package var filter: SubscriptionFilter {
        var filter = SubscriptionFilter(registration: registration, ages: age.map { [$0] } ?? [])
        switch scope {
        case .patient(let number): filter.patients = [number]
        case .rule(let rule, let organisation): filter[rule.clause] = [organisation]
        }
        return filter
    }
}
