package import FHIR
import Foundation

/// A page of one record's history as a Bundle, latest entry first (FHIR R4, http.html#history).
package struct RecordHistoryBundle: Sendable {
    /// How many entries there are over all pages.
    package var total: Int
    /// The absolute URL of this page.
    package var selfLink: String
    /// The absolute URL of the next page, unless this is the last.
    package var nextLink: String?
    /// The FHIR base URL without a slash at its end.
    package var baseURL: String
    /// The versions of this page with the resources as they may be shown.
    package var entries: [(version: RecordVersion, resource: JSONValue?)]

    package init(
        total: Int,
        selfLink: String,
        nextLink: String?,
        baseURL: String,
        entries: [(version: RecordVersion, resource: JSONValue?)]
    ) {
        self.total = total
        self.selfLink = selfLink
        self.nextLink = nextLink
        self.baseURL = baseURL
        self.entries = entries
    }

    /// The Bundle as JSON.
    package var bytes: [UInt8] {
        JSONWriter.bytes { json in
            json.beginObject()
            json.member("resourceType", "Bundle")
            json.member("type", "history")
            json.member("total", total)
            json.name("link")
            json.beginArray()
            for (relation, url) in [("self", selfLink), ("next", nextLink)] {
                guard let url else { continue }
                json.value(["relation": .string(relation), "url": .string(url)])
            }
            json.endArray()
            json.name("entry")
            json.beginArray()
            for entry in entries { write(entry.version, entry.resource, to: &json) }
            json.endArray()
            json.endObject()
        }
    }

    private func write(_ version: RecordVersion, _ resource: JSONValue?, to json: inout JSONWriter) {
        let (method, status) =
            switch version.effect {
            case .created: ("POST", "201")
            case .corrected: ("PUT", "200")
            case .removed: ("DELETE", "204")
            }
        json.beginObject()
        json.member("fullUrl", "\(baseURL)/Immunization/\(version.id)")
        if let resource { json.member("resource", resource) }
        let url = version.effect == .created ? "Immunization" : "Immunization/\(version.id)"
        json.member("request", ["method": .string(method), "url": .string(url)])
        var response = JSONObject()
        response["status"] = .string(status)
        // A removal is no version of its own.
        if version.effect != .removed { response["etag"] = .string("W/\"\(version.version)\"") }
        response["lastModified"] = .string(FHIRInstant(version.committedAt).description)
        json.member("response", .object(response))
        json.endObject()
    }
}
