import Access
import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import HummingbirdTesting
import NIOCore
import Store
import Testing
import Vaccination

@testable import herald

/// A hub with records, and a client that searches.
struct SearchFixture {
    let fixture: HubFixture
    let token: String

    static let base = "http://127.0.0.1:8480/FHIR/R4/Immunization"
    static let number = NHSNumber.sample(1).digits
    /// The parameter that names the sample's patient in NHS's form.
    static let patient = "patient.identifier=https://fhir.nhs.uk/Id/nhs-number%7C\(number)"

    /// Lends a hub that holds these records.
    static func with(
        _ records: [HistorySample] = [HistorySample()],
        permissions: [String]? = nil,
        _ change: (inout HubConfiguration) -> Void = { _ in },
        _ body: (SearchFixture) async throws -> Void
    ) async throws {
        try await HubFixture.with(change) { fixture in
            if !records.isEmpty { try await HistorySample.store(records, in: fixture.hub.pool) }
            if let permissions { try await Self.register("reader", permissions, in: fixture) }
            let token = try await fixture.bearer("system/Immunization.rs", client: "reader")
            try await body(SearchFixture(fixture: fixture, token: token))
        }
    }

    static func register(
        _ id: String,
        _ permissions: [String],
        isUnredacted: Bool = false,
        in fixture: HubFixture
    ) async throws {
        var client = RegisteredClient(
            id: try #require(ClientID(id)),
            name: "A reader",
            scopes: Scopes(parsing: "system/Immunization.rs user/Immunization.rs patient/Immunization.rs"),
            permissions: try VaccinePermissions(permissions)
        )
        client.isUnredacted = isUnredacted
        try await fixture.hub.store.seed(fixture.hub.configuration.reference)
        try await fixture.hub.store.create(client, by: "test")
    }

    func get(_ query: String, token: String? = nil, headers: HTTPFields = [:]) async throws -> TestResponse {
        try await fixture.send(
            .get,
            "/FHIR/R4/Immunization?\(query)",
            authorization: token ?? self.token,
            headers: headers
        )
    }

    func post(
        _ form: String,
        query: String = "",
        type: String = "application/x-www-form-urlencoded"
    ) async throws -> TestResponse {
        try await fixture.send(
            .post,
            "/FHIR/R4/Immunization/_search\(query.isEmpty ? "" : "?" + query)",
            authorization: token,
            headers: [.contentType: type],
            body: Array(form.utf8)
        )
    }

    /// The Bundle of a search that must succeed.
    func bundle(_ query: String, token: String? = nil, headers: HTTPFields = [:]) async throws -> SearchAnswer {
        try SearchAnswer(try await get(query, token: token, headers: headers))
    }
}

/// A Bundle as a test asks about it.
struct SearchAnswer {
    let json: JSONValue

    init(_ response: TestResponse) throws {
        #expect(response.status == .ok, "\(String(buffer: response.body))")
        json = try JSONValue(parsing: Array(response.body.readableBytesView))
    }

    var total: Int? { json["total"]?.integer }
    var entries: [JSONValue] { json["entry"]?.array ?? [] }
    func resources(_ mode: String) -> [JSONValue] {
        entries.filter { $0["search"]?["mode"]?.string == mode }.compactMap { $0["resource"] }
    }
    var ids: [String] { resources("match").compactMap { $0["id"]?.string } }
    var warnings: [JSONValue] { resources("outcome").flatMap { $0["issue"]?.array ?? [] } }
    func link(_ relation: String) -> String? {
        json["link"]?.array?.first { $0["relation"]?.string == relation }?["url"]?.string
    }
    /// The query string of a link.
    func query(_ relation: String) -> String? {
        link(relation)?.split(separator: "?", maxSplits: 1).last.map(String.init)
    }
}
