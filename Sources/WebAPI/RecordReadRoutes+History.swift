import Access
import FHIR
import Foundation
import Hummingbird
import Vaccination

extension RecordReadRoutes {
    private static var defaultCount: Int { 100 }
    private static var greatestCount: Int { 500 }

    /// `GET /Immunization/{id}/_history`: the version log, latest entry first, removals with their time.
    @Sendable func history(_ request: Request, _ context: HubContext) async throws -> Response {
        context.note(.history)
        let path = try Self.path(context)
        let query = try HistoryQuery(request)
        let isPatient = context.caller?.mode == .patient
        guard let record = try await snapshot(path, context), !(isPatient && record.isDeleted) else {
            throw path.notFound
        }
        let range = RecordLogRange(
            // One more than is shown tells whether there is a next page.
            limit: query.count + 1,
            before: query.before,
            since: query.since,
            patient: isPatient ? record.nhsNumber : nil
        )
        let log = try await store.log(of: record.id, range)
        for type in log.vaccineTypes.union([record.vaccineType]).sorted() {
            try context.mustBePermitted(.read, on: type)
        }
        let shown = log.versions.prefix(query.count)
        let redaction = try await redaction(of: [record.nhsNumber] + shown.map(\.nhsNumber), context)
        context.note(
            record.id,
            version: nil,
            patient: record.nhsNumber,
            vaccineTypes: log.vaccineTypes.union([record.vaccineType]),
            redaction
        )
        let url = "\(baseURL)/Immunization/\(record.id)/_history"
        let next = log.versions.count > query.count ? shown.last?.change : nil
        let bundle = RecordHistoryBundle(
            total: log.total,
            selfLink: url + query.text(before: query.before),
            nextLink: next.map { url + query.text(before: $0) },
            baseURL: baseURL,
            entries: try shown.map { version in
                (version, try version.resource.map { redaction.apply(to: try JSONValue(parsing: $0)) })
            }
        )
        return .fhir(bundle.bytes)
    }

    /// What a request for the history says about its page.
    private struct HistoryQuery {
        private(set) var count = RecordReadRoutes.defaultCount
        private(set) var since: Date?
        private(set) var before: Int32?
        private var isCountGiven = false
        private var sinceText: Substring?

        /// - Throws: ``HubError`` 400: a filter that is not understood must not be passed over.
        init(_ request: Request) throws(HubError) {
            var seen: Set<Substring> = []
            for (key, value) in request.uri.queryParameters {
                guard seen.insert(key).inserted else { throw .invalid("The parameter \(key.prefix(64)) came twice.") }
                switch key {
                case "_count":
                    guard let number = Int(value), number > 0, value.first != "+" else {
                        throw .invalid("The parameter _count must be a positive integer.")
                    }
                    count = min(number, RecordReadRoutes.greatestCount)
                    isCountGiven = true
                case "_since":
                    guard let instant = FHIRInstant(String(value)) else {
                        throw .invalid("The parameter _since must be an instant, such as 2026-01-31T12:00:00Z.")
                    }
                    since = Date(timeIntervalSince1970: Double(instant.microseconds) / 1_000_000)
                    sinceText = value
                case "_before":
                    guard let number = Int32(value), number > 0 else {
                        throw .invalid("The parameter _before is not one of this history's pages; follow its links.")
                    }
                    before = number
                case "_format": try FormatParameter.check(value)
                case "_pretty": break
                default:
                    throw HubError(
                        .badRequest,
                        .notSupported,
                        .badRequest,
                        "A history takes _count and _since; another parameter is not supported."
                    )
                }
            }
        }

        /// The query of the page that ends before a change.
        func text(before: Int32?) -> String {
            let parts = [
                isCountGiven ? "_count=\(count)" : nil,
                sinceText.map { "_since=" + $0.replacing("+", with: "%2B").replacing(":", with: "%3A") },
                before.map { "_before=\($0)" },
            ].compactMap(\.self)
            return parts.isEmpty ? "" : "?" + parts.joined(separator: "&")
        }
    }
}
