import Events
package import Foundation
package import Vaccination

/// Which documents a practice gets for an event (`gp-digital-medicine.md` §8); a pure decision.
package enum DocumentPlan: Sendable, Hashable {
    /// Nothing, and the word that says why.
    case nothing(String)
    /// These, in this order.
    case documents([Draft])

    /// A document to be composed.
    package struct Draft: Sendable, Hashable {
        package var resource: [UInt8]
        /// The number in the record.
        package var patient: NHSNumber
        /// The number that counts now.
        package var traced: NHSNumber
        package var version: Int
        package var isWithdrawal = false
        package var replaces: UUID?
    }

    /// Decides.
    ///
    /// - Parameters:
    ///   - event: What happened.
    ///   - circumstances: What the practice holds, and whose the record is.
    ///   - site: ODS code of the place of the vaccination.
    ///   - settings: Types that are sent, and whether a practice is told of its own.
    package init(
        _ event: LaneEvent,
        _ circumstances: DocumentCircumstances,
        site: String?,
        _ settings: PracticeSettings
    ) {
        if event.kind == .removed {
            // G-22: to everyone who holds a document, and to nobody else.
            self = Self.withdrawal(of: event.resource, circumstances)
        } else if event.shape == .delete {
            // G-23: the record is another patient's now.
            self = Self.withdrawal(of: event.movedFrom?.resource, circumstances)
        } else {
            self = Self.document(event, circumstances, site: site, settings)
        }
    }

    private static func withdrawal(of resource: [UInt8]?, _ circumstances: DocumentCircumstances) -> Self {
        guard let held = circumstances.held, let resource else { return .nothing("nothing-to-delete") }
        return .documents([withdrawal(of: held, resource, circumstances)])
    }

    private static func withdrawal(
        of held: FiledDocument,
        _ resource: [UInt8],
        _ circumstances: DocumentCircumstances
    ) -> Draft {
        var traced = held.patient
        if held.patient == circumstances.patient, let now = circumstances.traced { traced = now }
        return Draft(
            resource: resource,
            patient: held.patient,
            traced: traced,
            version: circumstances.lastVersion + 1,
            isWithdrawal: true,
            replaces: held.composition
        )
    }

    private static func document(
        _ event: LaneEvent,
        _ circumstances: DocumentCircumstances,
        site: String?,
        _ settings: PracticeSettings
    ) -> Self {
        guard let patient = circumstances.patient else { return .nothing("not-traced") }
        guard circumstances.registeredPractice == circumstances.practice else {
            // The patient has moved: the new practice gets a new document (G-21), and this one is told nothing by itself
            // (§10), but of a deletion.
            return .nothing("moved-away")
        }
        if circumstances.last == nil {
            if let types = settings.types, !types.contains(event.vaccineType) { return .nothing("type-off") }
            if settings.suppressesOwn, site == circumstances.practice { return .nothing("suppressed-own") }
        }
        var draft = Draft(
            resource: event.resource,
            patient: patient,
            traced: circumstances.traced ?? patient,
            version: circumstances.lastVersion + 1,
            replaces: circumstances.last?.composition
        )
        guard let held = circumstances.held, held.patient != patient else { return .documents([draft]) }
        // G-23, both patients at one practice: the old one's document goes, and the new one's replaces none.
        guard let previous = circumstances.previousResource else { return .documents([draft]) }
        let withdrawal = withdrawal(of: held, previous, circumstances)
        draft.version += 1
        draft.replaces = nil
        return .documents([withdrawal, draft])
    }
}
