import Access
import FHIR
import HTTPTypes
import Subscriptions

/// What a client may subscribe to, whatever it asks for (`fhir-subscriptions.md` §4.2, `auth.md` §11, §12).
///
/// - It hears of the vaccine types it may read, and of no others.
/// - A client that works for named organisations subscribes to their patients, to vaccinations they gave, or to named
///   patients; one that works for none in particular is a national one.
struct SubscriptionPolicy {
    private let permissions: VaccinePermissions
    private let organisations: Set<String>

    init(_ context: HubContext) {
        permissions = context.permissions
        organisations = context.client?.odsCodes ?? []
    }

    /// Refuses a first contact that is not the caller's organisation.
    func check(contact: [String]) throws(HubError) {
        guard !organisations.isEmpty, let first = contact.first else { return }
        let name = first.split(separator: "/").last.map { $0.uppercased() } ?? ""
        guard !organisations.contains(name) else { return }
        throw HubError([
            SubscriptionFinding(
                .value,
                "The first contact must name your organisation, such as …/Organization/\(organisations.min() ?? "").",
                at: "Subscription.contact[0]"
            )
        ])
    }

    /// Narrows a filter to what the client may read.
    ///
    /// - Throws: ``HubError`` 403 where it asks for more by name.
    func restrict(_ filter: inout SubscriptionFilter, to operation: VaccineOperation = .read) throws(HubError) {
        if case .only(let permitted) = permissions.types(for: operation) {
            let asked = filter[.vaccineTypes]
            let refused = asked.subtracting(permitted)
            guard refused.isEmpty else {
                throw Self.forbidden(
                    "The client has no permission to \(operation) records of \(refused.sorted().joined(separator: ", "))."
                )
            }
            guard !permitted.isEmpty else {
                throw Self.forbidden("The client has no permission to \(operation) records of any vaccine type.")
            }
            if asked.isEmpty { filter[.vaccineTypes] = permitted }
        }
        guard !organisations.isEmpty, filter.patients.isEmpty else { return }
        let restrictions = [filter[.registeredPractices], filter[.performers]].filter { !$0.isEmpty }
        guard !restrictions.isEmpty else {
            throw Self.forbidden(
                "Restrict the subscription to your organisation with a filter on registered-gp or performer-organisation, "
                    + "or to patients."
            )
        }
        guard restrictions.contains(where: { $0.isSubset(of: organisations) }) else {
            throw Self.forbidden(
                "A filter names an organisation that you do not act for; yours: "
                    + organisations.sorted().joined(separator: ", ") + "."
            )
        }
    }

    private static func forbidden(_ text: String) -> HubError {
        HubError(.forbidden, .forbidden, .forbidden, text, expression: ["Subscription.criteria"])
    }
}
