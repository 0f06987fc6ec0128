package import Access
import FHIR
import Foundation
import HTTPTypes
package import Hummingbird

/// The audit trail for privacy officers, as FHIR R4 AuditEvent.
package struct AuditEventRoutes: Sendable {
    private static let scope = Scope.resource(.system, "AuditEvent", [.read, .search])

    private let trail: any AuditReader
    private let baseURL: String

    /// - Parameters:
    ///   - trail: What is read.
    ///   - publicURL: The hub's public address; the FHIR base is made from it.
    package init(trail: any AuditReader, publicURL: String) {
        self.trail = trail
        baseURL = publicURL + "/FHIR/R4"
    }

    /// Adds the routes below `/FHIR/R4/AuditEvent`.
    package func add(to group: RouterGroup<HubContext>) {
        group.get { try await search($0, $1) }
        group.get(":id") { try await read($0, $1) }
    }

    /// `GET /AuditEvent?patient=…`: the latest first, in pages that new records do not shift.
    @Sendable private func search(_ request: Request, _ context: HubContext) async throws -> Response {
        context.audit.note { $0.interaction = .search }
        try require(context)
        let search = try AuditEventSearch(request.uri.queryParameters)
        let rows = try await trail.auditRows(search.query(limit: search.count + 1))
        let page = rows.prefix(search.count)
        context.audit.note { record in
            record.patient = search.patient
            record.count = page.count
        }
        let entries = try page.map { row -> JSONValue in
            [
                "fullUrl": .string("\(baseURL)/AuditEvent/\(row.eventID.lowercaseText)"),
                "resource": AuditEventForm(try row.record()).json, "search": ["mode": "match"],
            ]
        }
        var links: [JSONValue] = [["relation": "self", "url": .string(url(search.parameters))]]
        if rows.count > page.count, let last = page.last {
            let next = search.parameters.filter { $0.0 != "_page" } + [("_page", "\(AuditPlace(last))")]
            links.append(["relation": "next", "url": .string(url(next))])
        }
        var bundle = JSONObject()
        bundle["resourceType"] = "Bundle"
        bundle["type"] = "searchset"
        bundle["link"] = .array(links)
        bundle["entry"] = entries.isEmpty ? nil : .array(entries)
        return .fhir(JSONValue.object(bundle).bytes)
    }

    /// `GET /AuditEvent/{id}`.
    @Sendable private func read(_ request: Request, _ context: HubContext) async throws -> Response {
        try require(context)
        let id = context.parameters.get("id") ?? ""
        guard let uuid = UUID(uuidString: id), let row = try await trail.auditRow(uuid) else {
            throw HubError.notFound("There is no AuditEvent with this id.")
        }
        context.audit.note { $0.count = 1 }
        return .fhir(AuditEventForm(try row.record()).json.bytes)
    }

    private func require(_ context: HubContext) throws {
        let caller = try context.requireCaller()
        do throws(AccessError) {
            try caller.require(Self.scope)
        } catch {
            throw HubError(error)
        }
    }

    private func url(_ parameters: [(String, String)]) -> String {
        let query = parameters.map { "\($0)=\(Self.encoded($1))" }.joined(separator: "&")
        return "\(baseURL)/AuditEvent" + (query.isEmpty ? "" : "?\(query)")
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                String(UnicodeScalar(byte))
            default: "%" + String(byte >> 4, radix: 16, uppercase: true) + String(byte & 15, radix: 16, uppercase: true)
            }
        }
        .joined()
    }
}
