package import Feeds
import Foundation
import HTTPTypes
package import Hummingbird
import NIOCore

/// `GET /feeds/{id}/rows`: the full report, a line a row, as JSON or CSV, streamed.
package struct ReportRoute<Store: FeedStore>: Sendable {
    private let store: Store

    package init(store: Store) { self.store = store }

    /// Adds the route.
    package func add(to group: RouterGroup<HubContext>) {
        group.get(":id/rows") { try await rows($0, $1) }
    }

    @Sendable private func rows(_ request: Request, _ context: HubContext) async throws -> Response {
        let feed = try await FeedAccess(store: store).feed(context)
        let query = try ReportQuery(request)
        let reports = RowReports(
            of: feed.id,
            in: store,
            outcomes: query.outcomes,
            after: query.after,
            limit: query.limit
        )
        var headers: HTTPFields = [.contentType: query.form.mediaType, .cacheControl: "no-store"]
        if query.form == .csv { headers[.contentDisposition] = .attachment(named: "\(feed.baseName)_rows.csv") }
        let form = query.form
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody { writer in
                var bytes: [UInt8] = []
                var isFirst = true
                form.begin(into: &bytes)
                for try await page in reports {
                    for row in page {
                        form.append(row, isFirst: isFirst, into: &bytes)
                        isFirst = false
                    }
                    try await writer.write(ByteBuffer(bytes: bytes))
                    bytes.removeAll(keepingCapacity: true)
                }
                form.end(into: &bytes)
                try await writer.write(ByteBuffer(bytes: bytes))
                try await writer.finish(nil)
            }
        )
    }
}

/// Which rows of a report are wanted, and in which form.
private struct ReportQuery {
    var form: RowReportForm
    var outcomes: Set<RowOutcome>
    var after: Int64
    var limit: Int

    init(_ request: Request) throws(HubError) {
        let parameters = request.uri.queryParameters
        form = try Self.form(parameters.get("format"), accept: request.headers[.accept])
        outcomes = try Self.outcomes(parameters.getAll("outcome"))
        guard let after = Int64(parameters.get("after") ?? "0"), after >= 0 else {
            throw .invalid("The parameter after must be a row number.")
        }
        self.after = after
        guard let limit = Int(parameters.get("limit") ?? "\(Int.max)"), limit > 0 else {
            throw .invalid("The parameter limit must be a number of rows, at least 1.")
        }
        self.limit = limit
    }

    private static func form(_ format: String?, accept: String?) throws(HubError) -> RowReportForm {
        if let format {
            guard let form = RowReportForm(rawValue: format) else {
                throw .invalid("The parameter format must be json or csv.")
            }
            return form
        }
        let wanted = accept?.split(separator: ",").map { $0.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces) }
        let isCSV = wanted?.first { $0 == "text/csv" || $0.hasSuffix("/json") || $0 == "*/*" } == "text/csv"
        return isCSV ? .csv : .json
    }

    /// One or more outcomes, repeated or separated by commas; `accepted` stands for all but rejected.
    private static func outcomes(_ values: [String]) throws(HubError) -> Set<RowOutcome> {
        let all = Set(RowOutcome.allCases)
        var outcomes: Set<RowOutcome> = []
        for name in values.flatMap({ $0.split(separator: ",") }) {
            if name == "accepted" {
                outcomes.formUnion(all.subtracting([.rejected]))
            } else if let outcome = RowOutcome(rawValue: String(name)) {
                outcomes.insert(outcome)
            } else {
                let names = RowOutcome.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalid("The parameter outcome must be one of \(names), or accepted.")
            }
        }
        return outcomes.isEmpty ? all : outcomes
    }
}
