import FHIR
import Foundation
import HTTPTypes
import Subscriptions

/// The parameters of a search on Subscription (`fhir-subscriptions.md` §8.5).
struct SubscriptionSearch {
    private(set) var query = SubscriptionQuery()
    /// The parameters but for the place, in order.
    private(set) var parameters: [(String, String)] = []

    /// - Throws: ``HubError`` 400 for a parameter that is not known or came twice.
    init(_ sent: [FormParameters.Parameter]) throws(HubError) {
        var seen: Set<String> = []
        for parameter in sent {
            guard seen.insert(parameter.name).inserted else {
                throw .invalid("The parameter \(parameter.name.prefix(64)) came twice.")
            }
            try read(parameter)
            if parameter.name != "_page" { parameters.append((parameter.name, parameter.value)) }
        }
    }

    private mutating func read(_ parameter: FormParameters.Parameter) throws(HubError) {
        let values = parameter.value.split(separator: ",").map(String.init)
        switch parameter.name {
        case "_id": query.ids = values.compactMap { UUID(uuidString: $0) }
        case "url": query.endpoints = values
        case "status": query.statuses = values.map(Self.code)
        case "topic", "criteria": query.topics = values
        case "payload", "payload-type": query.payloads = values.map(Self.code)
        case "type": query.channels = values.map(Self.code)
        case "filter-criteria": query.filters = values
        case "contact": query.contacts = values.map(Self.token)
        case "identifier": query.identifiers = values.map(Self.token)
        // No channel but rest-hook is offered, so that no subscription has another.
        case "custom-channel": query.ids = []
        case "_count":
            guard let number = Int(parameter.value), number > 0, parameter.value.first != "+" else {
                throw .invalid("The parameter _count must be a positive integer.")
            }
            query.limit = min(number, 500)
        case "_page":
            guard let place = UUID(uuidString: parameter.value) else {
                throw .invalid("The parameter _page is not one of this search's pages; follow its links.")
            }
            query.after = place
        case "_format": try FormatParameter.check(parameter.value)
        case "_pretty": break
        default:
            throw HubError(
                .badRequest,
                .notSupported,
                .badRequest,
                "The parameter \(parameter.name.quotedForAnswer) is not supported."
            )
        }
    }

    private static func code(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).last.map(String.init) ?? text
    }

    private static func token(_ text: String) -> SubscriptionQuery.Token {
        let parts = text.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return SubscriptionQuery.Token(system: nil, value: text) }
        return SubscriptionQuery.Token(system: String(parts[0]), value: String(parts[1]))
    }
}
