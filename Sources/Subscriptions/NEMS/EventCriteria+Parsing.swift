import Foundation
import Vaccination

/// Why a `criteria` is refused; the text names the component, never a patient.
package enum EventCriteriaFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Against the grammar or the rules of how often a component may be there.
    case rule(String)
    /// The identifier system of the patient is neither of the two.
    case identifierSystem
    /// The NHS number is none.
    case nhsNumber

    package var description: String {
        switch self {
        case .rule(let text): text
        case .identifierSystem:
            "Patient.identifier must have the system https://fhir.nhs.uk/Id/nhs-number or http://fhir.nhs.net/Id/nhs-number."
        case .nhsNumber: "Patient.identifier must hold an NHS number: ten digits with the right check digit."
        }
    }
}

extension EventCriteria {
    private enum Name: String, CaseIterable {
        case serviceType, subscriptionRuleType, tag
        case patient = "Patient.identifier"
        case organisation = "Organization.identifier"
        case event = "MessageHeader.event"
        case age = "Patient.age"
        case registration = "GPRegistration"
    }

    private static let start = "/Bundle?type=message"
    private static let systems = ["https://fhir.nhs.uk/Id/nhs-number", "http://fhir.nhs.net/Id/nhs-number"]

    /// Reads the criteria of a create request.
    package init(_ text: String) throws(EventCriteriaFault) {
        let components = try Self.components(text)
        func values(_ name: Name) -> [String] { components.filter { $0.name == name }.map(\.value) }
        func one(_ name: Name) throws(EventCriteriaFault) -> String? {
            let found = values(name)
            guard found.count < 2 else { throw .rule("\(name.rawValue) must be there once at most.") }
            return found.first
        }
        let scope = try Self.scope(
            patient: one(.patient),
            rule: one(.subscriptionRuleType),
            organisation: one(.organisation)
        )
        let events = try Self.events(values(.event), scope)
        let service = try one(.serviceType).map { (text) throws(EventCriteriaFault) in
            try Self.choice(Service.self, text, .serviceType)
        }
        let age = try Self.age(values(.age))
        let registration = try Self.registration(one(.registration), scope)
        let tag = try Self.tag(one(.tag))
        self.init(
            scope: scope,
            service: service,
            events: events,
            age: age,
            registration: registration,
            tag: tag,
            canonical: Self.canonical(components)
        )
    }

    /// The components behind the literal start, decoded; §4.3 rules 2, 3 and 5.
    private static func components(_ text: String) throws(EventCriteriaFault) -> [(name: Name, value: String)] {
        guard text.hasPrefix(start) else { throw .rule("The criteria must begin with \(start).") }
        let rest = text.dropFirst(start.count)
        guard rest.first == "&" else { throw .rule("\(start) must be followed by & and a component.") }
        var components: [(name: Name, value: String)] = []
        for part in rest.dropFirst().split(separator: "&", omittingEmptySubsequences: false) {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2 else {
                throw .rule(part.isEmpty ? "No component may be empty." : "Each component must be NAME=VALUE.")
            }
            guard let name = Name(rawValue: String(halves[0])) else {
                let known = Name.allCases.map(\.rawValue).joined(separator: ", ")
                throw .rule("A component is none of: \(known). Letter case counts.")
            }
            guard let value = String(halves[1]).removingPercentEncoding, !value.isEmpty else {
                throw .rule("\(name.rawValue) must have a value, percent-encoded in UTF-8 where it is encoded.")
            }
            components.append((name, value))
        }
        return components
    }

    /// §4.3 rules 1 and 6, and which components stand together.
    private static func scope(
        patient: String?,
        rule: String?,
        organisation: String?
    ) throws(EventCriteriaFault) -> Scope {
        switch (patient, rule) {
        case (nil, nil), (.some, .some):
            throw .rule("Exactly one of Patient.identifier and subscriptionRuleType must be there.")
        case (let patient?, nil):
            guard organisation == nil else { throw .rule("Organization.identifier needs a subscriptionRuleType.") }
            return .patient(try number(patient))
        case (nil, let text?):
            let rule = try choice(GeographyRule.self, text, .subscriptionRuleType)
            guard let organisation else { throw .rule("\(text) needs an Organization.identifier.") }
            guard organisation.utf8.allSatisfy(\.isLetterOrDigit) else {
                throw .rule("Organization.identifier must hold letters and digits only.")
            }
            guard rule != .homeCountry || GeographyRule.countries.contains(organisation) else {
                let countries = GeographyRule.countries.sorted().joined(separator: ", ")
                throw .rule("Organization.identifier of COUNTRYCODE must be one of: \(countries).")
            }
            return .rule(rule, organisation: organisation)
        }
    }

    private static func number(_ text: String) throws(EventCriteriaFault) -> NHSNumber {
        let halves = text.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2 else { throw .rule("Patient.identifier must be SYSTEM|NUMBER.") }
        guard systems.contains(String(halves[0])) else { throw .identifierSystem }
        guard halves[1].utf8.count == 10, let number = NHSNumber(halves[1]) else { throw .nhsNumber }
        return number
    }

    /// §4.3 rule 7, and how many events each kind takes.
    private static func events(_ texts: [String], _ scope: Scope) throws(EventCriteriaFault) -> Set<NationalEvent> {
        guard !texts.isEmpty else { throw .rule("MessageHeader.event must be there.") }
        if case .rule = scope, texts.count > 1 {
            throw .rule("A subscription by subscriptionRuleType takes exactly one MessageHeader.event.")
        }
        var events: Set<NationalEvent> = []
        for text in texts { events.insert(try choice(NationalEvent.self, text, .event)) }
        return events
    }

    /// §4.3 rule 8: `lt` and `gt` with whole years, two at most, that some age meets.
    private static func age(_ texts: [String]) throws(EventCriteriaFault) -> Bounds<Int>? {
        guard texts.count < 3 else { throw .rule("Patient.age must be there twice at most.") }
        var age: Bounds<Int>?
        for text in texts {
            let digits = text.dropFirst(2).utf8
            guard text.hasPrefix("lt") || text.hasPrefix("gt"),
                !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let term = Bounds<Int>(years: text)
            else { throw .rule("Patient.age must be lt or gt with whole years that a person can have.") }
            guard let both = age.map({ $0.intersection(term) }) ?? term else {
                throw .rule("No age meets both terms of Patient.age.")
            }
            age = both
        }
        return age
    }

    private static func registration(
        _ text: String?,
        _ scope: Scope
    ) throws(EventCriteriaFault) -> SubscriptionFilter.Registration? {
        guard let text else { return nil }
        if case .rule(let rule, _) = scope, rule == .registeredPractice || rule == .practiceSubLocation {
            throw .rule("GPRegistration must not be there with \(rule.rawValue), which says it already.")
        }
        switch text {
        case "RegisteredOnly": return .registered
        case "UnregisteredOnly": return .unregistered
        default: throw .rule("GPRegistration must be RegisteredOnly or UnregisteredOnly.")
        }
    }

    private static func tag(_ text: String?) throws(EventCriteriaFault) -> String? {
        guard let text else { return nil }
        guard text.utf8.count <= 100, text.utf8.allSatisfy({ $0.isLetterOrDigit || "-_|,".utf8.contains($0) }) else {
            throw .rule("tag must be 1 to 100 letters, digits, hyphens, underscores, bars or commas.")
        }
        return text
    }

    private static func choice<Value: RawRepresentable<String> & CaseIterable>(
        _: Value.Type,
        _ text: String,
        _ name: Name
    ) throws(EventCriteriaFault) -> Value {
        guard let value = Value(rawValue: text) else {
            let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw .rule("\(name.rawValue) must be one of: \(known).")
        }
        return value
    }

    /// The patient's identifier has one system here, whichever it came with.
    private static func canonical(_ components: [(name: Name, value: String)]) -> String {
        let parts = components.filter { $0.name != .tag }.map { name, value in
            let number = value.split(separator: "|").last ?? ""
            return "\(name.rawValue)=\(name == .patient ? "\(systems[0])|\(number)" : value)"
        }
        return ([start] + Set(parts).sorted()).joined(separator: "&")
    }
}

extension UInt8 {
    /// Of ASCII.
    var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
