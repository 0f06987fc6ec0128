import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import Store
import Testing
import Yams

@testable import herald

/// `schemas/openapi/feeds.yaml` says what the hub does: each of its operations is called.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct FeedOpenAPITests {
    private static let file = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "schemas/openapi/feeds.yaml")

    @Test func everyDocumentedOperationAnswersAsDocumented() async throws {
        let yaml = try Yams.load(yaml: String(contentsOf: Self.file, encoding: .utf8))
        let document = try #require(yaml as? [String: Any])
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        try await HubFixture.with { fixture in
            let site = try await fixture.bearer()
            let sent = try await fixture.send(
                .post,
                "/feeds?filename=\(SampleRows.fileName)",
                authorization: site,
                body: SampleRows.file([SampleRows.row(), SampleRows.row()])
            )
            try expect(sent, paths["/feeds"]?["post"], "202")
            try expectDocumented(members(of: sent), "Feed", in: document)
            let location = try #require(sent.headers[.location])
            try await fixture.applyFeeds()
            let steering = try await fixture.bearer("herald/admin.read herald/admin.write", client: "steering")
            for command in ["pause", "resume", "cancel", "retry"] {
                let operation = paths["/feeds/{id}/\(command)"]?["post"]
                // The file is done: there is nothing left to steer.
                let uri = "\(location)/\(command)"
                try await expect(fixture.send(.post, uri, authorization: steering), operation, "409")
                let stranger = "/feeds/\(UUID().uuidString)/\(command)"
                try await expect(fixture.send(.post, stranger, authorization: steering), operation, "404")
            }
            for command in ["pause", "resume"] {
                let operation = paths["/feeds/queues/{supplier}/{vaccineType}/\(command)"]?["post"]
                let uri = "/feeds/queues/RAVS/FLU/\(command)"
                try await expect(fixture.send(.post, uri, authorization: steering), operation, "204")
                try await expect(fixture.send(.post, uri, authorization: site), operation, "403")
            }
            let queues = paths["/feeds/queues"]?["get"]
            try await expect(fixture.send(.get, "/feeds/queues", authorization: steering), queues, "200")
            for (path, operations) in paths where path != "/feeds/queues" {
                guard let operation = operations["get"] else { continue }
                let uri = path.replacing("/feeds/{id}", with: location)
                let answer = try await fixture.send(.get, uri, authorization: site)
                try expect(answer, operation, "200")
                if path == "/feeds/{id}" { try expectDocumented(members(of: answer), "Feed", in: document) }
                if path.hasSuffix("/rows") { try expectDocumented(members(of: answer), "Row", in: document) }
                let unknown = path.replacing("{id}", with: UUID().uuidString)
                guard unknown != path else { continue }
                try await expect(fixture.send(.get, unknown, authorization: site), operation, "404")
            }
        }
    }

    private func expect(_ answer: TestResponse, _ operation: Any?, _ status: String) throws {
        let operation = try #require(operation as? [String: Any])
        let responses = try #require(operation["responses"] as? [String: [String: Any]])
        #expect("\(answer.status.code)" == status, "\(operation["operationId"] ?? "")")
        let documented = try #require(responses[status])
        guard let content = documented["content"] as? [String: Any] else { return }
        let type = try #require(answer.headers[.contentType]).prefix { $0 != ";" }
        #expect(content.keys.contains(String(type)), "\(operation["operationId"] ?? "")")
    }

    /// The names in an object, or in the objects of a list.
    private func members(of answer: TestResponse) throws -> Set<String> {
        let json = try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView))
        if let list = json as? [[String: Any]] { return Set(list.flatMap(\.keys)) }
        return Set(try #require(json as? [String: Any]).keys)
    }

    private func expectDocumented(_ names: Set<String>, _ schema: String, in document: [String: Any]) throws {
        let components = try #require(document["components"] as? [String: [String: Any]])
        let described = try #require(components["schemas"]?[schema] as? [String: Any])
        let known = try #require(described["properties"] as? [String: Any]).keys
        #expect(names.subtracting(known).isEmpty, "\(schema)")
        #expect(Set(try #require(described["required"] as? [String])).subtracting(names).isEmpty, "\(schema)")
    }
}
