import AsyncHTTPClient
import FHIR
import Foundation
import NIOHTTP1

extension HubClient {
    /// A search of the history with all its pages in one Bundle.
    ///
    /// It goes out as a form, so that the NHS number is in no URL and no log.
    ///
    /// - Parameter parameters: Names and values, for instance `("patient:identifier", "https://…|…")`.
    /// - Returns: The Bundle; of several pages, the first with everybody's entries in order and no link to the next.
    /// - Throws: ``Refusal`` and ``NoAnswer``.
    func history(_ parameters: [(name: String, value: String)]) async throws -> JSONValue {
        var request = try await self.request(.POST, "/FHIR/R4/Immunization/_search")
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.headers.add(name: "Prefer", value: "handling=strict")
        request.body = .bytes(
            Array(parameters.map { "\(Self.encoded($0.name))=\(Self.encoded($0.value))" }.joined(separator: "&").utf8)
        )
        let first = try JSONValue(parsing: try await execute(request))
        var entries = first["entry"]?.array ?? []
        var page = first
        while let next = page.link("next")?.split(separator: "?", maxSplits: 1).last {
            page = try JSONValue(parsing: try await execute(self.request(.GET, "/FHIR/R4/Immunization?\(next)")))
            entries += page["entry"]?.array ?? []
        }
        guard var bundle = first.object else { return first }
        bundle["link"] = .array((first["link"]?.array ?? []).filter { $0["relation"]?.string == "self" })
        bundle["entry"] = .array(entries)
        return .object(bundle)
    }

    /// A patient's whole history.
    func history(nhsNumber: String) async throws -> JSONValue {
        try await history([("patient:identifier", "\(FHIRSystem.nhsNumber)|\(nhsNumber)"), ("_count", "500")])
    }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}

extension JSONValue {
    /// The URL of a Bundle's link.
    fileprivate func link(_ relation: String) -> String? {
        self["link"]?.array?.first { $0["relation"]?.string == relation }?["url"]?.string
    }
}
