import Access
import FHIR
package import Foundation
package import Hummingbird
package import Vaccination

/// The history: search by patient (`immunisation-history.md` §4, §5).
package struct HistoryRoutes<Store: HistoryStore>: Sendable {
    private static var nhsNumberSystem: String { "https://fhir.nhs.uk/Id/nhs-number" }

    private let store: Store
    private let baseURL: String
    private let makeID: @Sendable () -> UUID

    /// - Parameters:
    ///   - store: Where the history is read from.
    ///   - publicURL: The hub's public address; the FHIR base is made from it.
    ///   - makeID: Makes the id of a response's Patient entry.
    package init(store: Store, publicURL: String, makeID: @escaping @Sendable () -> UUID = { UUID() }) {
        self.store = store
        baseURL = publicURL + "/FHIR/R4"
        self.makeID = makeID
    }

    /// Adds the route at `/FHIR/R4/Immunization`.
    package func add(to group: RouterGroup<HubContext>) {
        group.get { try await search($0, $1) }
    }

    /// The search by patient: `GET /Immunization?patient.identifier=https://fhir.nhs.uk/Id/nhs-number|N`.
    @Sendable private func search(_ request: Request, _ context: HubContext) async throws -> Response {
        let caller = try context.requireCaller()
        try caller.mustHave(.search, on: "Immunization")
        let query = try SearchQuery(request.uri.queryParameters)
        guard caller.mayRead(nhsNumber: query.patient.digits) else { throw HubError(.otherPatient) }
        let records = try await store.records(of: query.patient)
        let bundle = SearchsetBundle(
            total: records.count,
            selfLink: "\(baseURL)/Immunization?\(query.canonical)",
            baseURL: baseURL,
            nhsNumber: query.patient,
            patientUUID: makeID(),
            resources: records.map(\.resource)
        )
        return .fhir(try bundle.bytes())
    }

    /// A patient search as it was understood.
    private struct SearchQuery {
        var patient: NHSNumber
        var includesPatient = false

        init(_ parameters: some Collection<(key: Substring, value: Substring)>) throws(HubError) {
            var patient: NHSNumber?
            for (key, value) in parameters {
                switch key {
                case "patient.identifier":
                    guard patient == nil else { throw .invalid("The parameter patient.identifier must be sent once.") }
                    let parts = value.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
                    guard parts.count == 2, parts[0] == HistoryRoutes.nhsNumberSystem else {
                        throw .invalid(
                            "The parameter patient.identifier must be \(HistoryRoutes.nhsNumberSystem)|NUMBER."
                        )
                    }
                    patient = parts[1].utf8.count == 10 ? NHSNumber(parts[1]) : nil
                    guard patient != nil else {
                        throw .invalid("The parameter patient.identifier does not hold a valid NHS number.")
                    }
                case "_include":
                    guard value == "Immunization:patient" else {
                        throw .invalid("The parameter _include must be Immunization:patient.")
                    }
                    includesPatient = true
                default:
                    // A filter that is not understood must not be passed over: the answer would show too much.
                    throw HubError(
                        .badRequest,
                        .notSupported,
                        .badRequest,
                        "The parameter \(key.prefix(64)) is not supported; search with patient.identifier."
                    )
                }
            }
            guard let patient else { throw .invalid("The parameter patient.identifier is missing.") }
            self.patient = patient
        }

        /// The parameters as understood, percent-encoded.
        var canonical: String {
            let system = "https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number"
            let include = includesPatient ? "&_include=Immunization%3Apatient" : ""
            return "patient.identifier=\(system)%7C\(patient.digits)\(include)"
        }
    }
}
