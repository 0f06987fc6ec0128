import FHIR
import Foundation
import Vaccination

/// The parameters that narrow a search down, order it and cut it into pages (`immunisation-history.md` §4.1, §4.4).
struct SearchOptions {
    var filter = HistoryFilter()
    /// What the filter was made of, for the self link.
    var filterParameters: [(name: SearchParameters.Name, value: String)] = []
    var ids: Set<RecordID>?
    var order = HistoryOrder.latestFirst
    var count = ImmunizationQuery.defaultCount
    var isCountOnly = false

    private var faults: [String] = []

    /// - Throws: ``HubError`` 400 with every fault in one issue: first those of the days and of `_include` (Q-31 c).
    init(_ parameters: SearchParameters) throws(HubError) {
        filter.from = day(.dateFrom, parameters)
        filter.through = day(.dateTo, parameters)
        if let include = parameters[.include] {
            if include.lowercased() == "immunization:patient" {
                note(.include, include)
            } else {
                faults.append("_include must be Immunization:patient")
            }
        }
        if faults.isEmpty, let from = filter.from, let through = filter.through, through < from {
            throw .invalid("The parameter -date.from must not be later than -date.to.")
        }
        readFilter(parameters)
        readPaging(parameters)
        guard faults.isEmpty else { throw .invalid("Parameters cannot be used: " + faults.joined(separator: "; ")) }
    }

    /// Q-40.
    private mutating func day(_ name: SearchParameters.Name, _ parameters: SearchParameters) -> CivilDate? {
        guard let value = parameters[name] else { return nil }
        let parts = SearchValue(value).parts
        guard parts.count == 1, let text = parts.first?.text, let day = CivilDate(iso: text.utf8.span) else {
            faults.append("\(name.rawValue) must be one day as YYYY-MM-DD")
            return nil
        }
        note(name, text)
        return day
    }

    private mutating func readFilter(_ parameters: SearchParameters) {
        for value in parameters.all(.date) {
            let parts = SearchValue(value).parts
            if parts.count == 1, let text = parts.first?.text, let date = DateFilter(text) {
                filter.dates.append(date)
                note(.date, text)
            } else {
                faults.append(
                    "date must be YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm[:ss] with Z or an offset (+ as %2B), after"
                        + " none or one of eq, ne, gt, lt, ge, le, sa, eb and ap"
                )
            }
        }
        if let value = parameters[.status] { readStatus(value) }
        if let value = parameters[.product] { readProducts(value) }
        if let value = parameters[.id] {
            let parts = SearchValue(value).parts.map(\.text)
            // An id that is no UUID is nobody's, which is no fault.
            ids = Set(parts.compactMap { UUID(uuidString: $0).map { RecordID($0) } })
            if parts.contains("") {
                faults.append("_id must be ids, with commas between them")
            } else {
                note(.id, parts.map(SearchValue.escaped).joined(separator: ","))
            }
        }
    }

    /// Q-61.
    private mutating func readStatus(_ value: String) {
        let parts = SearchValue(value).parts
        let codes = parts.map { part -> String? in
            guard let token = part.token else { return part.text }
            return ["", "http://hl7.org/fhir/event-status"].contains(token.system) ? token.code : nil
        }
        let known = ["completed", "not-done", "entered-in-error"]
        guard codes.allSatisfy({ $0.map(known.contains) ?? false }) else {
            faults.append("status must be of \(known.joined(separator: ", "))")
            return
        }
        // What was entered in error is deleted, and deleted records are in no search (Q-60).
        filter.statuses = Set(codes.compactMap(\.self)).subtracting(["entered-in-error"])
        note(.status, codes.compactMap(\.self).joined(separator: ","))
    }

    private mutating func readProducts(_ value: String) {
        let parts = SearchValue(value).parts
        for part in parts {
            if let token = part.token, !token.system.isEmpty || !token.code.isEmpty {
                filter.products.append(.init(system: token.system, code: token.code.isEmpty ? nil : token.code))
            } else if part.fields.count == 1, !part.text.isEmpty {
                filter.products.append(.init(code: part.text))
            } else {
                faults.append("vaccine-code must be CODE or SYSTEM|CODE, with commas between several")
                return
            }
        }
        note(.product, parts.map { $0.fields.map(SearchValue.escaped).joined(separator: "|") }.joined(separator: ","))
    }

    private mutating func readPaging(_ parameters: SearchParameters) {
        if let value = parameters[.count] {
            // Digits beyond what an Int holds are a large number all the same.
            if !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
                count = min(Int(value) ?? .max, ImmunizationQuery.maximumCount)
                note(.count, String(count))
            } else {
                faults.append("_count must be a whole number from 0")
            }
        }
        if let value = parameters[.sort] {
            if let order = HistoryOrder(rawValue: value) {
                self.order = order
                note(.sort, value)
            } else {
                let orders = HistoryOrder.allCases.map(\.rawValue).joined(separator: ", ")
                faults.append("_sort must be one of \(orders)")
            }
        }
        switch parameters[.summary] {
        case nil, "false": break
        case "count":
            isCountOnly = true
            note(.summary, "count")
        default: faults.append("_summary must be count or false")
        }
        if count == 0 { isCountOnly = true }
        if let total = parameters[.total], !["none", "estimate", "accurate"].contains(total) {
            faults.append("_total must be none, estimate or accurate")
        }
    }

    private mutating func note(_ name: SearchParameters.Name, _ value: String) {
        filterParameters.append((name, value))
    }
}
