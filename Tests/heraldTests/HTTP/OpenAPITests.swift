import Foundation
import HTTPTypes
import HeraldTestKit
import NIOCore
import Hummingbird
import HummingbirdTesting
import Store
import Testing

@testable import herald

/// The documents are true: what they describe is there, what is there they describe, and no request that is made from
/// them gets an answer that they do not have.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(6)))
struct OpenAPITests {
    private static let methods: [HTTPRequest.Method] = [.get, .post, .put, .patch, .delete]

    @Test func everyRouteIsDocumentedAndEveryDocumentedPathIsARoute() async throws {
        let documents = try OpenAPIDocuments()
        let documented = Set(documents.operations.map(\.route))
        try await HubFixture.with { fixture in
            var served: Set<String> = []
            for route in Set(fixture.hub.router().routes.map { $0.path.description }) {
                let path = route.replacing(/\{\w+\}/, with: "0")
                for method in Self.methods {
                    let status = try await fixture.send(method, path).status
                    // Whatever else is the matter, 405 says that the path does not take the method.
                    if status != .methodNotAllowed {
                        served.insert("\(method.rawValue) \(route.replacing(/\{\w+\}/, with: "*"))")
                    }
                }
            }
            #expect(served.subtracting(documented).sorted() == [], "served, but not documented")
            #expect(documented.subtracting(served).sorted() == [], "documented, but not served")
        }
    }

    @Test func requestsMadeFromTheDocumentsAreAnsweredAsDocumented() async throws {
        let documents = try OpenAPIDocuments()
        var random = SplitMix(seed: 7)
        try await HubFixture.with { fixture in
            let tokens: [String?] = [
                nil, "Bearer a.b.c", try await fixture.bearer(),
                try await fixture.bearer("system/AuditEvent.rs", client: "privacy"),
                try await fixture.bearer(
                    "system/Immunization.rs herald/admin.read herald/admin.write",
                    client: "operator"
                ),
            ]
            for operation in documents.operations {
                for round in 0..<15 {
                    let request = Self.request(operation, isHostile: round % 2 == 1, &random)
                    let answer = try await fixture.send(
                        operation.method,
                        request.uri,
                        authorization: tokens[round % tokens.count],
                        headers: request.headers,
                        body: request.body
                    )
                    let what = "\(operation.file) \(operation.name) \(request.uri): \(answer.status)"
                    #expect(answer.status.code < 500 || operation.responses[answer.status.code] != nil, "\(what)")
                    let known = [Self.common, operation.responses].compactMap { $0[answer.status.code] }
                    guard !known.isEmpty else {
                        Issue.record("not documented: \(what) \(String(buffer: answer.body).prefix(300))")
                        continue
                    }
                    guard answer.body.readableBytes > 0 else { continue }
                    let type = answer.headers[.contentType].map { String($0.prefix { $0 != ";" }) } ?? ""
                    #expect(known.joined().contains(type), "\(what) as \(type)")
                }
            }
        }
    }

    /// What any operation may answer: bad headers, tokens, rights, forms and sizes, and a limit that is used up.
    private static let common: [Int: [String]] = Dictionary(
        uniqueKeysWithValues: [400, 401, 403, 404, 406, 413, 415, 429, 501].map {
            ($0, ["application/fhir+json", "application/json"])
        }
    )

    private static let hostile = [
        "", "%00", "%FF%FE", "..%2F..%2Fetc%2Fpasswd", "'%20OR%201=1--", "9999999999999999999999", "-1", "1e999",
        "null",
        "%F0%9F%92%89", String(repeating: "a", count: 2000), "a%2Cb", "%7C%7C", "2020-13-45", "true",
    ]

    private static func request(
        _ operation: OpenAPIDocuments.Operation,
        isHostile: Bool,
        _ random: inout SplitMix
    ) -> (uri: String, headers: HTTPFields, body: [UInt8]?) {
        var path = operation.path
        var query: [String] = []
        var headers: HTTPFields = [:]
        for parameter in operation.parameters {
            guard let name = parameter["name"] as? String else { continue }
            let isPath = parameter["in"] as? String == "path"
            let isNeeded = isPath || parameter["required"] as? Bool == true
            guard isNeeded && !isHostile || isPath || Bool.random(using: &random) else { continue }
            var value = value(parameter["schema"] as? [String: Any] ?? [:], &random)
            if isHostile, Bool.random(using: &random) { value = hostile.randomElement(using: &random) ?? "" }
            switch parameter["in"] as? String {
            case "path": path = path.replacing("{\(name)}", with: value.isEmpty ? "0" : value)
            case "query": query.append("\(name.replacing(":", with: "%3A"))=\(value)")
            case "header":
                if let field = HTTPField.Name(name) {
                    headers[field] = value.removingPercentEncoding?.filter(\.isASCII)
                }
            default: break
            }
        }
        var body: [UInt8]?
        if let type = operation.mediaTypes.randomElement(using: &random) {
            headers[.contentType] = isHostile && Bool.random(using: &random) ? "text/plain" : type
            body = Array(bodies.randomElement(using: &random)?.utf8 ?? "".utf8)
        }
        return (path + (query.isEmpty ? "" : "?" + query.joined(separator: "&")), headers, body)
    }

    private static let bodies = [
        "", "{}", "[]", "null", "{\"resourceType\":\"Immunization\"}", "{\"a\":", "grant_type=client_credentials",
        "patient=9990548609", String(repeating: "[", count: 10_000), "{\"id\":1e999,\"id\":2}", "\u{0}",
    ]

    /// A value that fits the schema, as far as its type, format and list of values say.
    private static func value(_ schema: [String: Any], _ random: inout SplitMix) -> String {
        if let values = schema["enum"] as? [Any], let value = values.randomElement(using: &random) { return "\(value)" }
        switch (schema["type"] as? String, schema["format"] as? String) {
        case (_, "uuid"?): return UUID().uuidString.lowercased()
        case (_, "date"?): return "2025-01-14"
        case ("integer"?, _): return "\(Int.random(in: 1...100, using: &random))"
        case ("boolean"?, _): return "true"
        default: return "text"
        }
    }
}
