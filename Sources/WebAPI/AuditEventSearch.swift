import Access
import FHIR
import Foundation
import Hummingbird

/// A search of the audit trail as it was understood; what is not understood is refused, since the answer would show too
/// much.
struct AuditEventSearch {
    private(set) var patient: PatientNumber?
    private(set) var count = 100
    /// The parameters in the order they came, for links.
    private(set) var parameters: [(String, String)] = []
    private var filter = AuditQuery()

    static let names = [
        "patient", "patient.identifier", "date", "agent", "entity", "outcome", "subtype", "_count", "_page",
    ]

    init(_ query: some Sequence<(key: Substring, value: Substring)>) throws(HubError) {
        for (key, value) in query {
            let name = String(key)
            if name != "date", parameters.contains(where: { $0.0 == name }) {
                throw .invalid("The parameter \(name.prefix(64)) must be sent once.")
            }
            try read(name, String(value))
            parameters.append((name, String(value)))
        }
        filter.patient = patient
    }

    func query(limit: Int) -> AuditQuery {
        var query = filter
        query.limit = limit
        return query
    }

    private mutating func read(_ name: String, _ value: String) throws(HubError) {
        switch name {
        case "patient", "patient.identifier":
            guard patient == nil,
                let number = Self.token(value, in: FHIRSystem.nhsNumber).flatMap({ PatientNumber($0) })
            else {
                throw .invalid("The parameter \(name) must hold one valid NHS number: \(FHIRSystem.nhsNumber)|NUMBER.")
            }
            patient = number
        case "date": try readDate(value)
        case "agent":
            guard let client = Self.token(value, in: AuditEventForm.clientSystem), !client.isEmpty else {
                throw .invalid("The parameter agent must hold a client's id.")
            }
            filter.client = client
        case "entity":
            let parts = value.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, value.utf8.count <= 128 else {
                throw .invalid("The parameter entity must be a reference such as Immunization/ID.")
            }
            filter.entity = value
        case "outcome":
            guard let outcome = Int16(value).flatMap({ AuditOutcome(rawValue: $0) }) else {
                throw .invalid("The parameter outcome must be 0, 4, 8 or 12.")
            }
            filter.outcome = outcome
        case "subtype":
            guard let code = Self.token(value, in: AuditEventForm.interactionSystem),
                let interaction = AuditInteraction(rawValue: code)
            else {
                let codes = AuditInteraction.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalid("The parameter subtype must be one of \(codes).")
            }
            filter.interaction = interaction
        case "_count":
            guard let number = Int(value), (1...500).contains(number) else {
                throw .invalid("The parameter _count must be a number from 1 to 500.")
            }
            count = number
        case "_page":
            guard let place = AuditPlace(value) else {
                throw .invalid("The parameter _page is taken from a link next; this is none.")
            }
            filter.after = place
        default:
            throw HubError(
                .badRequest,
                .notSupported,
                .badRequest,
                "The parameter \(name.prefix(64)) is not supported here; these are: \(Self.names.joined(separator: ", "))."
            )
        }
    }

    /// `date` with a prefix; several narrow each other.
    private mutating func readDate(_ text: String) throws(HubError) {
        let prefix = text.prefix(while: \.isLetter)
        guard let date = FHIRDateTime(String(text.dropFirst(prefix.count))),
            ["", "eq", "ge", "gt", "le", "lt"].contains(prefix)
        else { throw .invalid("The parameter date must be a date or time, after eq, ge, gt, le, lt or nothing.") }
        let first = Self.date(date.firstMicrosecond)
        let next = Self.date(date.lastMicrosecond + 1)
        if ["", "eq", "ge"].contains(prefix) { filter.from = max(filter.from ?? first, first) }
        if prefix == "gt" { filter.from = max(filter.from ?? next, next) }
        if ["", "eq", "le"].contains(prefix) { filter.until = min(filter.until ?? next, next) }
        if prefix == "lt" { filter.until = min(filter.until ?? first, first) }
    }

    private static func date(_ microseconds: Int64) -> Date {
        Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
    }

    /// The code of `code`, `|code` or `system|code`; nil for another system.
    private static func token(_ text: String, in system: String) -> String? {
        let parts = text.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return text }
        return parts[0].isEmpty || parts[0] == system ? String(parts[1]) : nil
    }
}
