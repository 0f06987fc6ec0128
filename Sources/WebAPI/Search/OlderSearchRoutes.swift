import Access
import FHIR
package import Feeds
import HTTPTypes
package import Hummingbird
package import Vaccination

/// The search of the older Immunisation History API, `GET {path}/Immunization` (`immunisation-history.md` §12).
package struct OlderSearchRoutes<Store: HistoryStore & ReferenceReader>: Sendable {
    private let engine: SearchEngine<Store>

    /// - Parameter engine: What carries the searches out.
    package init(_ engine: SearchEngine<Store>) { self.engine = engine }

    /// Adds the route at the group's own path.
    package func add(to group: RouterGroup<HubContext>) {
        group.get { (request, context) -> Response in
            try context.mustSearch()
            let parameters = try FormParameters(request.uri.query ?? "").all
            context.audit.note { $0.interaction = .search }
            let query = try OlderQuery(parameters)
            var bundle: SearchsetBundle
            do {
                bundle = try await engine.everything(query.query, context)
            } catch let error as HubError where error.status == .forbidden {
                // Another patient's number, or a target that is not permitted.
                throw HubError(.unauthorized, error.issues)
            }
            bundle.form = .older
            return .fhir(try bundle.bytes())
        }
    }
}

/// The parameters of the older API.
struct OlderQuery {
    let query: ImmunizationQuery

    private static let targets = ["COVID19": "COVID", "HPV": "HPV", "FLU": "FLU"]
    /// All procedures of COVID-19 vaccination.
    private static let covidProcedure = "90640007"

    /// - Throws: ``HubError`` 400.
    init(_ sent: [FormParameters.Parameter]) throws(HubError) {
        let known = [
            "patient.identifier", "immunization.target", "procedure-code:below", "date.from", "date.to", "_include",
        ]
        var values: [String: String] = [:]
        for parameter in sent {
            guard known.contains(parameter.name) else {
                let name = SearchParameters.shown(parameter.name)
                throw .invalid("Unknown search parameter '\(name)' for resource type 'Immunization'.")
            }
            guard values.updateValue(parameter.value, forKey: parameter.name) == nil else {
                throw .invalid("The parameter \(parameter.name) must be sent once.")
            }
        }
        let number = try ImmunizationQuery.patientNumber(values["patient.identifier"] ?? "", of: .patientNumber)
        let type: String
        switch (values["immunization.target"], values["procedure-code:below"]) {
        case (let target?, nil):
            guard let code = Self.targets[target] else {
                throw .invalid("The parameter immunization.target must be COVID19, HPV or FLU.")
            }
            type = code
        case (nil, let procedure?):
            guard procedure == Self.covidProcedure else {
                throw .invalid("The parameter procedure-code:below must be \(Self.covidProcedure).")
            }
            type = "COVID"
        default:
            throw .invalid("Exactly one of the parameters immunization.target and procedure-code:below must be sent.")
        }
        var filter = HistoryFilter()
        filter.from = try Self.day("date.from", values)
        filter.through = try Self.day("date.to", values)
        if let from = filter.from, let through = filter.through, through < from {
            throw .invalid("The parameter date.from must not be later than date.to.")
        }
        query = ImmunizationQuery(of: number, type: type, filter: filter)
    }

    private static func day(_ name: String, _ values: [String: String]) throws(HubError) -> CivilDate? {
        guard let text = values[name] else { return nil }
        guard let day = CivilDate(iso: text.utf8.span) else {
            throw .invalid("The parameter \(name) must be one day as YYYY-MM-DD.")
        }
        return day
    }
}
