import Access
import Crypto
import FHIR
package import Feeds
package import Foundation
import Synchronization
package import Vaccination

/// Carries out a search for a caller: what they may see of it, page by page (`immunisation-history.md` §4.3, §4.5, §5).
package struct SearchEngine<Store: HistoryStore & ReferenceReader>: Sendable {
    let store: Store
    let baseURL: String
    let redactsRestricted: Bool
    /// Microseconds since 1970-01-01 00:00 UTC.
    let now: @Sendable () -> Int64
    let makeID: @Sendable () -> UUID
    private let keys = SearchKeys()

    /// - Parameters:
    ///   - store: Where the history is read from.
    ///   - baseURL: The address below which `Immunization` is, for links.
    ///   - redactsRestricted: Whether restricted people's records are redacted.
    ///   - now: The clock.
    ///   - makeID: Makes the ids of a response's Patient and outcome entries.
    package init(
        store: Store,
        baseURL: String,
        redactsRestricted: Bool = true,
        now: @escaping @Sendable () -> Date = { Date() },
        makeID: @escaping @Sendable () -> UUID = { UUID() }
    ) {
        self.store = store
        self.baseURL = baseURL
        self.redactsRestricted = redactsRestricted
        self.now = { FHIRInstant(now()).microseconds }
        self.makeID = makeID
    }

    /// What a search found, and whose it is.
    private struct Found {
        var page: HistoryPage
        /// Everybody whose records are on the page, by the number a record is filed under.
        var people: [NHSNumber: HistoryPerson] = [:]
        /// The number the self link names; nil for the one that was sent.
        var current: NHSNumber?
    }

    /// The answer to a search.
    ///
    /// Who may see what is judged anew for every page.
    ///
    /// - Parameters:
    ///   - query: The search.
    ///   - context: Who asks.
    ///   - cursor: Where the page begins; nil for the first page.
    ///   - text: The cursor as it was sent.
    /// - Returns: The Bundle.
    /// - Throws: ``HubError`` 403; what the store throws.
    func answer(
        _ query: ImmunizationQuery,
        _ context: HubContext,
        at cursor: SearchCursor? = nil,
        _ text: String? = nil
    ) async throws -> SearchsetBundle {
        let caller = try context.requireCaller()
        let permitted = try await permittedTypes(query, context)
        let began = cursor?.began ?? now()
        let found = try await find(query, caller, permitted, after: cursor?.position, now: began)
        var bundle = bundle(of: found, query, context)
        bundle.outcomes = outcomes(query, permitted)
        bundle.selfLink = link(query.canonical(current: found.current, permitted: permitted))
        if let text { bundle.selfLink = link("_cursor=\(text)") }
        guard !query.isCountOnly else {
            // The number alone.
            (bundle.matches, bundle.outcomes) = ([], [])
            return bundle
        }
        let stored = query.canonical(current: nil, permitted: permitted)
        func page(_ start: HistoryPage.Start) async throws -> String {
            let cursor = SearchCursor(query: stored, start: start, began: began, now: now())
            return link("_cursor=\(try cursor.sealed(for: caller.clientID, with: try await keys.key(of: store)))")
        }
        if let next = found.page.next { bundle.nextLink = try await page(.after(next)) }
        if let previous = found.page.previous(count: query.count) { bundle.previousLink = try await page(previous) }
        return bundle
    }

    /// Every match of a search on one page, for an API that has no pages.
    ///
    /// - Parameters:
    ///   - query: The search, of one patient.
    ///   - context: Who asks.
    /// - Returns: The Bundle, without links.
    /// - Throws: ``HubError`` 403; what the store throws.
    func everything(_ query: ImmunizationQuery, _ context: HubContext) async throws -> SearchsetBundle {
        let permitted = try await permittedTypes(query, context)
        let caller = try context.requireCaller()
        let began = now()
        var found = try await find(query, caller, permitted, after: nil, now: began)
        var bundle = bundle(of: found, query, context)
        while let next = found.page.next {
            found = try await find(query, caller, permitted, after: next, now: began)
            bundle.matches += self.bundle(of: found, query, context).matches
        }
        return bundle
    }

    /// The cursor that a text holds.
    ///
    /// - Throws: ``HubError`` 400; what the store throws.
    func open(_ text: String, _ context: HubContext) async throws -> SearchCursor {
        let key = try await keys.key(of: store)
        return try SearchCursor(text, for: try context.requireCaller().clientID, with: key, now: now())
    }

    /// Those of the types asked for that the caller may search.
    ///
    /// - Throws: ``HubError`` 403 where types were asked for and none is permitted, or where the patient is another one
    ///
    private func permittedTypes(_ query: ImmunizationQuery, _ context: HubContext) async throws -> Set<String> {
        let allowed = context.permissions.types(for: .search)
        let known = Set(try await store.reference().vaccineTypes.all.map(\.code))
        let permitted = allowed.intersection(query.types ?? known)
        context.audit.note { record in
            record.vaccineTypesAsked = query.types?.sorted()
            record.vaccineTypesGranted = permitted.sorted()
        }
        guard case .patient(let number, _) = query.subject else { return permitted }
        context.audit.note { $0.patient = PatientNumber(number.digits) }
        guard try context.requireCaller().mayRead(nhsNumber: number.digits) else { throw HubError(.otherPatient) }
        guard !permitted.isEmpty || query.types?.isEmpty == true else {
            throw HubError.forbidden("This client may not search any of the vaccine types asked for.")
        }
        return permitted
    }

    private func find(
        _ query: ImmunizationQuery,
        _ caller: Caller,
        _ permitted: Set<String>,
        after position: HistoryPosition?,
        now: Int64
    ) async throws -> Found {
        var selection = HistorySelection(ids: query.ids, types: permitted, order: query.order)
        let own = try await own(caller)
        switch query.subject {
        case .identifier(let identifier, _):
            return try await find(identifier, own, permitted)
        case .patient(let number, _):
            let person = try await store.person(number)
            selection.numbers = person.numbers
            let page = try await page(selection, query, after: position, now: now)
            let people = Dictionary(uniqueKeysWithValues: person.numbers.map { ($0, person) })
            return Found(page: page, people: people, current: caller.mode == .patient ? nil : person.current)
        case .ids:
            selection.numbers = own?.numbers
            let page = try await page(selection, query, after: position, now: now)
            return Found(page: page, people: try await people(of: page))
        }
    }

    /// §4.7: the record a supplier calls so; to a patient, only their own.
    private func find(
        _ identifier: RecordIdentifier,
        _ own: HistoryPerson?,
        _ permitted: Set<String>
    ) async throws -> Found {
        guard let record = try await store.record(RecordID(identifier)),
            own == nil || record.nhsNumber.map({ own?.numbers.contains($0) == true }) == true
        else { return Found(page: .empty) }
        guard permitted.contains(record.vaccineType) else {
            throw HubError.forbidden("This client may not search records of this vaccine type.")
        }
        let page = try HistoryPage(only: record)
        return Found(page: page, people: try await people(of: page))
    }

    private func page(
        _ selection: HistorySelection,
        _ query: ImmunizationQuery,
        after position: HistoryPosition?,
        now: Int64
    ) async throws -> HistoryPage {
        guard !selection.types.isEmpty, !query.filter.statuses.isEmpty, selection.ids?.isEmpty != true else {
            return .empty
        }
        return try await HistorySearch(
            selection: selection,
            filter: query.filter,
            count: query.isCountOnly ? 0 : query.count,
            after: position
        ).page(from: store, now: now)
    }

    /// The person a patient's token is bound to; nil in other modes.
    private func own(_ caller: Caller) async throws -> HistoryPerson? {
        guard caller.mode == .patient else { return nil }
        // A token of a patient always has a number; without one nothing is anybody's own.
        guard let number = caller.nhsNumber.flatMap({ NHSNumber($0.digits) }) else { throw HubError(.otherPatient) }
        return try await store.person(number)
    }

    private func people(of page: HistoryPage) async throws -> [NHSNumber: HistoryPerson] {
        var people: [NHSNumber: HistoryPerson] = [:]
        for number in Set(page.matches.compactMap(\.record.nhsNumber)) {
            people[number] = try await store.person(number)
        }
        return people
    }

    private func bundle(of found: Found, _ query: ImmunizationQuery, _ context: HubContext) -> SearchsetBundle {
        // Never for patients.
        let isUnredacted = context.client?.isUnredacted == true && context.caller?.mode != .patient
        var bundle = SearchsetBundle(total: found.page.total, selfLink: "", baseURL: baseURL, people: [], matches: [])
        if case .identifier(_, let elements?) = query.subject { bundle.form = .elements(Set(elements)) }
        var places: [NHSNumber?: Int] = [:]
        for match in found.page.matches {
            let person = match.record.nhsNumber.flatMap { found.people[$0] }
            let place = places[person?.current] ?? bundle.people.count
            if place == bundle.people.count {
                places[person?.current] = place
                let redaction = Redaction(
                    person?.confidentiality ?? .unrestricted,
                    isOn: redactsRestricted,
                    isUnredacted: isUnredacted
                )
                bundle.people.append(
                    SearchsetBundle.Person(nhsNumber: person?.current, uuid: makeID(), redaction: redaction)
                )
            }
            bundle.matches.append(SearchsetBundle.Match(resource: match.resource, person: place))
        }
        note(found, bundle, context)
        return bundle
    }

    /// Takes down what is returned.
    private func note(_ found: Found, _ bundle: SearchsetBundle, _ context: HubContext) {
        let resources = found.page.matches.map { match in
            AuditedResource("Immunization", id: match.record.id.description, version: Int(match.record.version))
        }
        context.audit.note { record in
            record.resources += resources
            record.count = record.resources.count
            if bundle.people.contains(where: { $0.redaction.extent != .none }) { record.isRedacted = true }
            if bundle.people.contains(where: { $0.redaction.showsRestricted }) { record.isUnredacted = true }
            // Somebody found by an identifier or an id is whose records were asked for.
            let patients = Set(bundle.people.compactMap(\.nhsNumber))
            if record.patient == nil, patients.count == 1 {
                record.patient = patients.first.flatMap { PatientNumber($0.digits) }
            }
        }
    }

    /// What is said beside the matches, one entry each.
    private func outcomes(_ query: ImmunizationQuery, _ permitted: Set<String>) -> [OperationOutcome] {
        var issues = query.warnings
        if let types = query.types, permitted.count < types.count {
            let left = types.subtracting(permitted).sorted().joined(separator: ", ")
            issues.insert(
                .init(
                    .suppressed,
                    severity: .warning,
                    diagnostics: "Vaccine types outside this client's search permission were left out: \(left)"
                ),
                at: 0
            )
        }
        return issues.map { OperationOutcome(id: makeID(), issues: [$0]) }
    }

    private func link(_ query: String) -> String { "\(baseURL)/Immunization?\(query)" }
}

/// The key of the cursors, read once.
private final class SearchKeys: Sendable {
    private let known = Mutex<SymmetricKey?>(nil)

    func key(of store: some HistoryStore) async throws -> SymmetricKey {
        if let key = known.withLock(\.self) { return key }
        let key = SymmetricKey(data: try await store.searchKey())
        known.withLock { $0 = key }
        return key
    }
}
