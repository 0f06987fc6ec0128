import Access
import Crypto
import FHIR
package import Feeds
import HTTPTypes
package import Hummingbird
import Synchronization
package import Vaccination

/// Searches on Immunization, `GET /Immunization?…` and `POST /Immunization/_search` (`immunisation-history.md` §4, §5).
package struct SearchRoutes<Store: HistoryStore & ReferenceReader>: Sendable {
    private let engine: SearchEngine<Store>

    /// - Parameter engine: What carries the searches out.
    package init(_ engine: SearchEngine<Store>) { self.engine = engine }

    /// Adds the routes below `/FHIR/R4/Immunization`.
    package func add(to group: RouterGroup<HubContext>) {
        group.get { (request, context) -> Response in
            try context.mustSearch()
            return try await search(FormParameters(request.uri.query ?? "").all, request, context)
        }
        group.post("_search") { (request, context) -> Response in
            try context.mustSearch()
            let form = try await FormParameters(body: request, context).all
            // A token in the form would end up in logs elsewhere (A-20, row 1).
            guard !form.contains(where: { $0.name == "access_token" }) else { throw HubError(.tokenOutsideHeader) }
            return try await search(FormParameters(request.uri.query ?? "").all + form, request, context)
        }
    }

    private func search(
        _ sent: [FormParameters.Parameter],
        _ request: Request,
        _ context: HubContext
    ) async throws -> Response {
        context.audit.note { record in
            record.interaction = .search
            record.parameters = AuditParameters.text(sent.map { ($0.name, $0.value) })
        }
        let isStrict = request.headers[values: .prefer].contains { $0.asksForStrictHandling }
        let parameters = try SearchParameters(sent, isStrict: isStrict)
        let types = try await engine.store.reference().vaccineTypes
        guard let text = parameters[.cursor] else {
            let query = try ImmunizationQuery(parameters, types: types)
            return .fhir(try await engine.answer(query, context).bytes())
        }
        if let other = SearchParameters.Name.allCases.first(where: {
            ![.cursor, .format, .pretty].contains($0) && parameters.has($0)
        }) {
            throw HubError.invalid("The parameter _cursor stands alone; leave out \(other.rawValue).")
        }
        let cursor = try await engine.open(text, context)
        let stored = try SearchParameters(FormParameters(cursor.query).all, isStrict: false)
        let query = try ImmunizationQuery(stored, types: types)
        return .fhir(try await engine.answer(query, context, at: cursor, text).bytes())
    }
}

extension HTTPField.Name {
    fileprivate static var prefer: Self { HeaderName.prefer }
}

extension String {
    /// Whether a `Prefer` header has `handling=strict`.
    fileprivate var asksForStrictHandling: Bool {
        split(whereSeparator: { ",;".contains($0) }).contains { wish in
            wish.filter { !$0.isWhitespace && $0 != "\"" }.lowercased() == "handling=strict"
        }
    }
}

extension HubContext {
    /// Refuses with a 403 unless the token covers searches.
    func mustSearch() throws { try requireCaller().mustHave(.search, on: "Immunization") }
}
