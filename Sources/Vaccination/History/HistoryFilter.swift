package import FHIR

/// What a search asks of a record's content, beyond whose it is and of which vaccine type (immunisation-history.md §4).
package struct HistoryFilter: Sendable, Hashable {
    /// A code of a product, with its system where that was given.
    package struct Product: Sendable, Hashable {
        /// Nil for any system; empty for a coding without one.
        package var system: String?
        /// Nil for every code of the system.
        package var code: String?

        package init(system: String? = nil, code: String?) {
            self.system = system
            self.code = code
        }
    }

    /// The statuses looked for.
    package var statuses: Set<String> = ["completed"]
    /// The first and the last day, as days are written in the records.
    package var from: CivilDate?
    package var through: CivilDate?
    /// All of them must be met.
    package var dates: [DateFilter] = []
    /// One of them must be met; none asks for nothing.
    package var products: [Product] = []

    /// What a search without further parameters asks: a vaccination that was given.
    package init() {}

    /// Whether the record meets all that is asked.
    ///
    /// - Parameters:
    ///   - immunization: The stored resource.
    ///   - now: The time of the search, in microseconds since 1970-01-01 00:00 UTC.
    /// - Returns: Whether it does.
    package func accepts(_ immunization: JSONValue, now: Int64) -> Bool {
        guard let status = immunization["status"]?.string, statuses.contains(status) else { return false }
        if from != nil || through != nil || !dates.isEmpty {
            // A record without an occurrence passes; the intake lets none in.
            if let moment = immunization["occurrenceDateTime"]?.string.flatMap({ FHIRDateTime($0) }) {
                if let from, moment.date < from { return false }
                if let through, moment.date > through { return false }
                let span = moment.londonSpan
                guard dates.allSatisfy({ $0.accepts(span, now: now) }) else { return false }
            }
        }
        guard !products.isEmpty else { return true }
        let codings = immunization.at("vaccineCode", "coding")?.array ?? []
        return codings.contains { coding in products.contains { $0.matches(coding) } }
    }
}

extension HistoryFilter.Product {
    fileprivate func matches(_ coding: JSONValue) -> Bool {
        if let system, system != coding["system"]?.string ?? "" { return false }
        return code == nil || code == coding["code"]?.string
    }
}
