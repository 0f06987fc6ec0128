import NIOCore
import Store
import FHIR
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing
import Vaccination

@testable import Access
@testable import WebAPI
@testable import herald

/// Single records over HTTP.
extension HubFixture {
    static let records = "/FHIR/R4/Immunization"

    func create(
        _ resource: JSONValue,
        _ bearer: String,
        headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        try await write(.post, Self.records, resource, bearer, headers: headers)
    }

    func update(
        _ id: String,
        _ resource: JSONValue,
        _ bearer: String,
        headers: HTTPFields
    ) async throws -> TestResponse {
        try await write(.put, Self.records + "/" + id, resource, bearer, headers: headers)
    }

    /// An update by the NHS's spelling of the header.
    func update(_ id: String, _ resource: JSONValue, _ bearer: String, at version: String) async throws -> TestResponse
    {
        try await update(id, resource, bearer, headers: [HeaderName.nhsETag: version])
    }

    func write(
        _ method: HTTPRequest.Method,
        _ uri: String,
        _ resource: JSONValue,
        _ bearer: String,
        headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        var fields = headers
        if fields[.contentType] == nil { fields[.contentType] = "application/fhir+json" }
        return try await send(method, uri, authorization: bearer, headers: fields, body: resource.bytes)
    }

    /// Gives a client permissions of its own, by which the hub goes at once.
    func permit(_ client: String, _ entries: String..., suppliers: Set<String> = []) async throws {
        let permissions = try VaccinePermissions(entries)
        try await hub.store.update(#require(ClientID(client)), by: "test") {
            $0.permissions = permissions
            $0.suppliers = suppliers
        }
        hub.access?.clients.forget()
    }
}

extension TestResponse {
    func json() throws -> JSONValue { try JSONValue(parsing: Array(body.readableBytesView)) }

    /// The only issue of an OperationOutcome as `code: diagnostics`.
    var issue: String {
        guard let issue = try? json()["issue"]?[0] else { return "no issue" }
        return "\(issue["code"]?.string ?? "none"): \(issue["diagnostics"]?.string ?? "none")"
    }
}
