import Access
import Feeds
import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Postgres
import Store
import Testing
import Vaccination
import WebAPI

@testable import herald

/// A hub on the test case's own database, with its routes and no services running but those a test starts.
struct HubFixture {
    let hub: Hub
    let directory: String

    /// Lends a hub; its folder is removed afterwards.
    static func with(
        _ change: (inout HubConfiguration) -> Void = { _ in },
        _ body: (HubFixture) async throws -> Void
    ) async throws {
        let directory = NSTemporaryDirectory() + "herald-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var configuration = HubConfiguration(
            database: try ScratchDatabase.configuration,
            feedODSCode: try #require(ODSCode("X26"))
        )
        configuration.dataDirectory = directory
        configuration.isDevelopment = true
        configuration.listen = ListenAddress(host: "127.0.0.1", port: 0)
        configuration.rateLimits = .none
        change(&configuration)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let fixture = HubFixture(hub: try Hub(configuration: configuration, logger: logger), directory: directory)
        do {
            try await body(fixture)
            await fixture.hub.pool.close()
        } catch {
            await fixture.hub.pool.close()
            throw error
        }
    }

    /// A bearer header's value.
    func bearer(
        _ scope: String = "system/Immunization.cruds",
        client: String = "site",
        patient: String? = nil
    ) async throws
        -> String
    {
        try await register(client)
        let maker = TokenMaker(dataDirectory: directory, publicURL: hub.configuration.publicURL)
        return "Bearer " + (try await maker.make(client: client, scope: scope, patient: patient))
    }

    /// Registers a client that acts for every supplier, unless it is registered.
    private func register(_ id: String) async throws {
        guard let id = ClientID(id), try await hub.store.client(id) == nil else { return }
        try await hub.store.seed(hub.configuration.reference)
        let scopes = [
            "system/Immunization.cruds", "user/Immunization.cruds", "patient/Immunization.cruds",
            "system/Subscription.cruds", "system/AuditEvent.rs", "herald/admin.read", "herald/admin.write",
        ]
        let client = RegisteredClient(
            id: id,
            name: "A test's client",
            suppliers: Set(try await hub.store.reference().suppliers.all.map(\.name)),
            scopes: Scopes(parsing: scopes.joined(separator: " "))
        )
        try await hub.store.create(client, by: "test")
    }

    /// Sends one request through the routes.
    func send(
        _ method: HTTPRequest.Method,
        _ uri: String,
        authorization: String? = nil,
        headers: HTTPFields = [:],
        body: [UInt8]? = nil
    ) async throws -> TestResponse {
        var fields = headers
        if let authorization { fields[.authorization] = authorization }
        return try await sendAll(method, uri, fields, body: body)
    }

    /// Sends one request with these headers, several of one name too.
    func sendAll(
        _ method: HTTPRequest.Method,
        _ uri: String,
        _ headers: HTTPFields,
        body: [UInt8]? = nil
    ) async throws -> TestResponse {
        let application = Application(router: hub.router(), logger: hub.logger)
        return try await application.test(.router) { client in
            try await client.execute(
                uri: uri,
                method: method,
                headers: headers,
                body: body.map { ByteBuffer(bytes: $0) }
            )
        }
    }

    /// Applies everything that is queued.
    func applyFeeds() async throws {
        try await FeedRun.applyAll(hub)
    }
}
