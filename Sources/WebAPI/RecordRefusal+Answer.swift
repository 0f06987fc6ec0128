import FHIR
import Vaccination

extension HubError {
    /// Runs a decision about a record and answers a refusal as the page says (`immunisation-history.md` §7).
    ///
    /// - Parameters:
    ///   - path: The record the request names; nil for a create, which names none.
    ///   - expected: The header with the version the request is based on.
    ///   - version: That version.
    ///   - decide: The decision.
    /// - Returns: What was decided.
    /// - Throws: ``HubError``.
    static func refusing(
        _ path: RecordPath? = nil,
        _ expected: ExpectedVersion? = nil,
        _ version: Int32? = nil,
        _ decide: () throws(RecordRefusal) -> RecordPlan
    ) throws(HubError) -> RecordPlan {
        do throws(RecordRefusal) {
            return try decide()
        } catch {
            switch error {
            case .notFound: throw path?.notFound ?? .notFound("There is no such Immunization.")
            case .forbidden(let type):
                throw .forbidden("The client has no permission to do this with records of \(type).")
            case .duplicate(let identifier):
                throw .duplicate(
                    "A live record already holds identifier \(identifier.system)#\(identifier.value)",
                    at: ["Immunization.identifier[0]"]
                )
            case .otherIdentifier(let places):
                throw .invariant(
                    ImmunizationWriteRules.finding(otherIdentifier: places).text,
                    at: places.map { "Immunization." + $0 }
                )
            case .otherVersion(let current):
                throw expected?.refusal(current: current, expected: version ?? 0) ?? .conflict
            }
        }
    }
}
